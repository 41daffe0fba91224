/** Every sentence that a client can be told has its translations. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { translate } from '../src/wire/write/translate.ts';

const root = join(import.meta.dirname, '../src');

/** Where sentences for clients are made. */
const folders = ['session', 'server', 'wire', 'model'];
/** Words in such a place that are no sentences: protocol, and text that only logs or tests see. */
const notSaid = /^(?:\* |keepalive$)/;

/** Sentences in `ok(…)`, `no(…)`, `bad(…)`, `bye(…)`, in `text:` and its like, and the tables of refusals. */
function sentences(): Set<string> {
  const found = new Set<string>();
  const quoted = String.raw`(?:'((?:[^'\\\n]|\\.)*)'|\x60([^\x60]*)\x60)`;
  const places = [
    String.raw`\b(?:ok|no|bad|bye|shutdown)\(\s*${quoted}`,
    String.raw`\b(?:text|bye|saying)(?::|\s=)\s*${quoted}`,
    String.raw`\b(?:const text = [^;]*?[?:]\s*)${quoted}`,
    String.raw`\bdescribed\(\{[^}]*\},\s*${quoted}`,
    String.raw`\balarm\.set\([^;]*?,\s*${quoted}\)`,
    String.raw`^\s+'?[a-z-]+'?: \['[A-Z]+', ${quoted}\]`,
  ].map((pattern) => new RegExp(pattern, 'gm'));
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || /\.test\.ts$|fixture|german|translate/.test(name)) continue;
      const source = readFileSync(join(root, folder, name), 'utf8');
      for (const place of places)
        for (const [, plain, template] of source.matchAll(place)) {
          const text = (plain ?? template ?? '').replaceAll(/\$\{[^}]*\}/g, '7');
          if (/[a-z]/.test(text) && !notSaid.test(text)) found.add(text);
        }
    }
  }
  return found;
}

test('every sentence is there in German', () => {
  const all = sentences();
  assert.ok(all.size > 90, `only ${all.size} sentences were found in the sources`);
  const missing = [...all].filter((text) => translate(text, 'de') === text);
  assert.deepEqual(missing, []);
});
