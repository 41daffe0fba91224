import { languages, lookUpLanguage } from '../../model/language.ts';
import { no } from '../../model/refusal.ts';
import { parseLanguage } from '../../wire/parse/language.ts';
import { defineCommand, ok } from '../command.ts';

/**
 * LANGUAGE: in which language the words behind responses are (RFC 5255 section 3.2), or which ones there are.
 *
 *   language-cmd = "LANGUAGE" *(SP lang-range-quoted)
 *
 * The one namespace there is has no name, so that there is no translation of it to tell.
 */
export const language = defineCommand({
  name: 'LANGUAGE',
  states: ['not authenticated', 'authenticated', 'selected'],
  ascii: true,
  expunges: 'announced',
  parse: parseLanguage,

  async run({ session, reply }, { ranges }) {
    if (ranges.length === 0) {
      await reply({ kind: 'LANGUAGE', tags: languages });
      return ok('LANGUAGE completed');
    }
    const found = lookUpLanguage(ranges);
    if (found === undefined) throw no('none of these languages is spoken here');
    await reply({ kind: 'LANGUAGE', tags: [found] });
    session.speak(found);
    return ok('LANGUAGE completed');
  },
});
