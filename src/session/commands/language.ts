import { languages, lookUpLanguage } from '../../model/language.ts';
import { no } from '../../model/refusal.ts';
import { parseLanguage } from '../../wire/parse/language.ts';
import { defineCommand, ok } from '../command.ts';
import { namespacesOf } from './namespace.ts';

/**
 * LANGUAGE: in which language the words behind responses are (RFC 5255 section 3.2), or which ones there are.
 *
 *   language-cmd = "LANGUAGE" *(SP lang-range-quoted)
 *
 * Behind it the namespaces of others are told in that language, where there are any (RFC 5255 section 3.4).
 */
export const language = defineCommand({
  name: 'LANGUAGE',
  states: ['not authenticated', 'authenticated', 'selected'],
  ascii: true,
  expunges: 'announced',
  parse: parseLanguage,

  async run({ enabled, realms, session, signal, reply }, { ranges }) {
    if (ranges.length === 0) {
      await reply({ kind: 'LANGUAGE', tags: languages });
      return ok('LANGUAGE completed');
    }
    const found = lookUpLanguage(ranges);
    if (found === undefined) throw no('none of these languages is spoken here');
    await reply({ kind: 'LANGUAGE', tags: [found] });
    session.speak(found);
    // Where names are UTF-8 alone, none is told before.
    const isMute = session.offer.on.has('UTF8=ONLY') && !enabled.has('UTF8=ACCEPT');
    if (realms !== undefined && !isMute && !session.isOff('NAMESPACE')) {
      const namespaces = await namespacesOf(realms, signal);
      if (namespaces.others.length + namespaces.shared.length > 0) await reply(namespaces);
    }
    return ok('LANGUAGE completed');
  },
});
