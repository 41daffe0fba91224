import { bad } from '../../model/refusal.ts';
import { parseCompress } from '../../wire/parse/compress.ts';
import { defineCommand } from '../command.ts';

/**
 * COMPRESS (RFC 4978 section 3): both directions are compressed behind the tagged OK.
 *
 *   compress = "COMPRESS" SP algorithm
 *
 * Only after login, so that no password is ever compressed together with something that others can choose.
 */
export const compress = defineCommand({
  name: 'COMPRESS',
  states: ['authenticated', 'selected'],
  ascii: true,
  expunges: 'announced',
  parse: parseCompress,

  run({ client }) {
    if (client.compressed) throw bad('COMPRESS is on already', { kind: 'COMPRESSIONACTIVE' });
    return {
      text: 'DEFLATE from here on',
      afterwards: () => {
        client.compress();
        return Promise.resolve();
      },
    };
  },
});
