/**
 * Writes `docs/protocol.md`: which RFC is where in the code and in which dialogues, read off the
 * references themselves. `npm run docs`; with `--check` it only says whether the page is true.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capabilityTable } from '../src/model/capability.ts';
import { coverage } from './coverage.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/protocol.md');

interface Mention {
  readonly code: Set<string>;
  readonly dialogues: Set<string>;
}

/** Files below a folder whose name ends so, relative to the repository. */
function files(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`)
    .sort();
}

function mentions(): Map<number, Mention> {
  const found = new Map<number, Mention>();
  const note = (path: string, kind: keyof Mention): void => {
    for (const [, number] of readFileSync(join(root, path), 'utf8').matchAll(
      /\bRFC (\d{3,5})\b/g,
    )) {
      const rfc = Number(number);
      const mention = found.get(rfc) ?? { code: new Set(), dialogues: new Set() };
      found.set(rfc, mention);
      mention[kind].add(path);
    }
  };
  for (const path of files('src', '.ts')) note(path, 'code');
  for (const path of files('test/dialogues', '.md')) note(path, 'dialogues');
  return found;
}

function titles(): Map<number, string> {
  const lines = readFileSync(join(root, 'docs/rfcs.txt'), 'utf8').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const row = /^(\d+) (\d{4}) (.*)$/.exec(line);
      return row === null ? [] : [[Number(row[1]), `${row[3]} (${row[2]})`] as const];
    }),
  );
}

/** At most this many files are named in a cell; the rest are counted. */
const namedMax = 6;

function cell(paths: ReadonlySet<string>, prefix: string): string {
  const names = [...paths].map((path) => `\`${path.slice(prefix.length)}\``);
  const rest = names.length - namedMax;
  return rest > 0 ? `${names.slice(0, namedMax).join(' ')} and ${rest} more` : names.join(' ');
}

/** What is announced of a standard. */
function status(rfc: number): string {
  const rows = capabilityTable.filter((row) => row.rfc === rfc);
  if (rows.length === 0) return '';
  return rows
    .map(({ name, when }) => (when === 'on demand' ? `${name} (on demand)` : name))
    .join(' ');
}

function capabilities(): string[] {
  const shown = coverage();
  return capabilityTable.map(({ name, rfc, when, switchable, needs = [] }) => {
    const files = (shown.get(name) ?? []).map((file) => `test/dialogues/${file}`);
    const cells = [
      name,
      rfc,
      when,
      switchable ? 'yes' : 'no',
      needs.join(' '),
      cell(new Set(files), 'test/dialogues/'),
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

function text(): string {
  const title = titles();
  const rows = [...mentions()]
    .sort(([a], [b]) => a - b)
    .map(
      ([rfc, { code, dialogues }]) =>
        `| ${rfc} | ${title.get(rfc) ?? ''} | ${status(rfc)} | ${cell(code, 'src/')} | ${cell(dialogues, 'test/dialogues/')} |`,
    );
  return `# Protocol

Which standard is where. Read off the references in the code and in the dialogues by \`npm run docs\`; do not edit.
Code is below \`src/\`, dialogues are below \`test/dialogues/\`. What is announced, and when: \`src/model/capability.ts\`.

## Standards

The status is what IMAP announces of it; where nothing is, it is one that others build on, or LMTP's.

| RFC | title | status | code | dialogues |
|---|---|---|---|---|
${rows.join('\n')}

## Capabilities

In the order in which they are announced. What can be switched, an operator can switch off for everybody or for one account ([operating.md](operating.md)); what it needs goes with it.

| capability | RFC | announced | can be switched | needs | dialogues |
|---|---|---|---|---|---|
${capabilities().join('\n')}
`;
}

const wanted = text();
if (process.argv.includes('--check')) {
  const same = readFileSync(page, 'utf8') === wanted;
  if (!same) process.stderr.write('docs/protocol.md is out of date: npm run docs\n');
  process.exitCode = same ? 0 : 1;
} else writeFileSync(page, wanted);
