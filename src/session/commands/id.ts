import { lower } from '../../base/ascii.ts';
import { parseId } from '../../wire/parse/id.ts';
import { defineCommand, ok } from '../command.ts';

/** Fields worth a line in the log when somebody asks which clients there are. */
const logged = ['name', 'version', 'os', 'vendor'];
const loggedCharactersMax = 80;

/**
 * ID: both sides say what program they are (RFC 2971 section 3).
 *
 *   id = "ID" SP id-params-list
 *   id-params-list = "(" *(string SP nstring) ")" / nil
 */
export const id = defineCommand({
  name: 'ID',
  states: ['not authenticated', 'authenticated', 'selected'],
  ascii: true,
  expunges: 'announced',
  parse: parseId,

  async run({ session, reply, logger }, { fields }) {
    const client = (fields ?? [])
      .filter(([name, value]) => value !== null && logged.includes(lower(name)))
      .map(([name, value]) => [lower(name), value?.slice(0, loggedCharactersMax)]);
    if (client.length > 0) logger.debug({ client: Object.fromEntries(client) }, 'the client says');
    await reply({ kind: 'ID', fields: session.serverId.length > 0 ? session.serverId : null });
    return ok('ID completed');
  },
});
