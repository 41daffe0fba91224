/** Which dialogues show which capability. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capabilityTable } from '../src/model/capability.ts';

const folder = join(import.meta.dirname, '../test/dialogues');

/** These name capabilities and show none. */
const lists: ReadonlySet<string> = new Set(['capability.md', 'capability-switches.md']);

/** Files of `test/dialogues` by the capability that they show: those that cite its RFC and name it as it is announced. */
export function coverage(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.md') && !lists.has(name))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  return new Map(
    capabilityTable.map(({ name, rfc }) => {
      const cites = new RegExp(`\\bRFC ${rfc}\\b`);
      const announced = new RegExp(`(?<![\\w=-])${name.replace(/[+.=]/g, '\\$&')}(?![\\w=-])`);
      const shown = files.filter(({ text }) => cites.test(text) && announced.test(text));
      return [name, shown.map((file) => file.name)];
    }),
  );
}
