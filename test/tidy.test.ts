/**
 * The structural rules of the house, kept by a test and not by discipline. A rule that has to be
 * broken gets its exception here, by name, with a reason.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';
import { coverage } from '../scripts/coverage.ts';
import { capabilityTable } from '../src/model/capability.ts';
import { commands } from '../src/session/commands.ts';

const root = join(import.meta.dirname, '..');

/** Who may import whom (ARCHITECTURE.md); `store` is the interface without `store/sqlite`. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: ['base'],
  wire: ['model', 'base'],
  mime: ['model', 'base'],
  // What FETCH says of a message is made when the message comes (docs/decisions/0013-ready-texts.md).
  store: ['wire/write/ready.ts', 'mime', 'model', 'base'],
  auth: ['model', 'base'],
  search: ['store', 'mime', 'model', 'base'],
  session: ['search', 'store', 'auth', 'mime', 'wire/parse', 'wire/cursor.ts', 'model', 'base'],
  server: ['session', 'wire', 'model', 'base'],
  lmtp: ['store', 'auth', 'mime', 'model', 'base'],
  http: ['store', 'auth', 'mime', 'model', 'base'],
  app: ['*'],
  cli: ['*'],
};

/** What starts a program or is a library: above all folders, imported by nobody. */
const entries = ['src/main.ts', 'src/worker.ts', 'src/index.ts'];

/** Folders whose insides belong to `app`, `cli` and themselves alone. */
const engines = ['store/sqlite'];

interface Source {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

function sources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const text = readFileSync(join(root, folder, name), 'utf8');
      return { path: `${folder}/${name}`, text, lines: text.split('\n') };
    });
}

const src = sources('src');
const all = [...src, ...sources('test'), ...sources('bench')];
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.startsWith('test/');

/** Relative imports of a file, as paths from the repository. */
function imports(source: Source): string[] {
  const found: string[] = [];
  for (const [, specifier] of source.text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    found.push(normalize(join(dirname(source.path), specifier ?? '')));
  }
  return found;
}

function fails(list: readonly string[]): void {
  assert.equal(list.length, 0, `\n  ${list.join('\n  ')}`);
}

test('a folder imports only what stands below it', () => {
  const wrong: string[] = [];
  for (const source of src.filter(({ path }) => !isTest(path))) {
    const folder = source.path.split('/')[1] ?? '';
    const allowed = mayImport[folder];
    if (allowed === undefined && !entries.includes(source.path))
      wrong.push(`${source.path}: no rule for this folder`);
    for (const target of imports(source)) {
      const inside = relative('src', target);
      const own = inside.startsWith(`${folder}/`);
      const engine = engines.find(
        (name) => inside.startsWith(`${name}/`) && !source.path.startsWith(`src/${name}/`),
      );
      const open = allowed === undefined || allowed.includes('*');
      const ok =
        own ||
        open ||
        (allowed.some((name) => inside === name || inside.startsWith(`${name}/`)) &&
          engine === undefined);
      if (!ok) wrong.push(`${source.path} imports ${target}`);
    }
  }
  fails(wrong);
});

test('a file can be read in one sitting', () => {
  fails(
    all
      .filter(({ lines }) => lines.length > 401)
      .map(({ path, lines }) => `${path}: ${lines.length} lines, at most 400`),
  );
});

test('every source file is used', () => {
  const used = new Set(all.flatMap(imports));
  fails(
    src
      .filter(({ path }) => !isTest(path) && !used.has(path) && !entries.includes(path))
      .map(({ path }) => `${path} is imported by nobody`),
  );
});

test('no case folding outside base/ascii.ts where bytes become words', () => {
  const folders = ['src/wire/', 'src/session/', 'src/model/', 'src/auth/', 'src/server/'];
  const wrong = src
    .filter(({ path }) => folders.some((folder) => path.startsWith(folder)) && !isTest(path))
    .filter(({ text }) => /\.to(?:Upper|Lower|LocaleUpper|LocaleLower)Case\(/.test(text));
  fails(wrong.map(({ path }) => `${path} folds case by itself`));
});

test('no default exports, enums, barrels or files of odds and ends', () => {
  const wrong: string[] = [];
  for (const { path, text } of all) {
    if (/^export default/m.test(text)) wrong.push(`${path}: default export`);
    if (/^\s*(?:export )?(?:const )?enum /m.test(text)) wrong.push(`${path}: enum`);
    if (/^export \* from/m.test(text)) wrong.push(`${path}: barrel`);
    if (/(?:^|\/)(?:utils?|helpers?|common|misc)\.ts$/.test(path))
      wrong.push(`${path}: say what is in it`);
    for (const [, base] of text.matchAll(/class \w+(?:<[^{]*>)? extends (\w+)/g)) {
      if (base !== 'Error' && base !== 'Refusal') wrong.push(`${path}: extends ${base}`);
    }
  }
  fails(wrong);
});

/** Where references to a standard may point: what the project implements or leans on. */
const knownRfcs = new Set(
  readFileSync(join(root, 'docs/rfcs.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s/, 1)[0] ?? ''),
);

test('every RFC named is one in docs/rfcs.txt, and sections are spelt one way', () => {
  const wrong: string[] = [];
  for (const { path, text } of all) {
    for (const [, number] of text.matchAll(/\bRFC (\d{3,5})\b/g)) {
      if (!knownRfcs.has(number ?? ''))
        wrong.push(`${path}: RFC ${number} is not in docs/rfcs.txt`);
    }
    for (const [whole] of text.matchAll(/\bRFC \d{3,5} ?(?:§|sec\.|Section )/g)) {
      wrong.push(`${path}: write "RFC n section m", not "${whole}"`);
    }
  }
  fails(wrong);
});

test('every limit has a reason', () => {
  const { lines } = src.find(({ path }) => path === 'src/base/limits.ts') ?? { lines: [] };
  const wrong: string[] = [];
  let explained = false;
  for (const line of lines) {
    if (/\*\/\s*$/.test(line)) explained = true;
    const name = /^ {2}(\w+): /.exec(line)?.[1];
    if (name === undefined) continue;
    if (!explained) wrong.push(`limit ${name} has no reason`);
    // Two limits that belong together may share one reason, a third may not.
    explained = /^\s*loginFailuresPerAddressMax/.test(line);
  }
  fails(wrong);
});

test('every command has a file and a dialogue', () => {
  const { text } = src.find(({ path }) => path === 'src/session/commands.ts') ?? { text: '' };
  const files = [...text.matchAll(/from '\.\/commands\/([\w-]+)\.ts'/g)].map(
    ([, name]) => name ?? '',
  );
  assert.ok(files.length > 20, 'the command table names its commands');
  const dialogues = new Set(readdirSync(join(root, 'test/dialogues')));
  fails(
    files
      .filter((name) => !dialogues.has(`${name}.md`))
      .map((name) => `test/dialogues/${name}.md is missing`),
  );
});

/** Announced to clients of other machines alone, which no dialogue has: `src/session/commands/login.test.ts` shows it. */
const withoutDialogue: ReadonlySet<string> = new Set(['LOGINDISABLED']);

test('every capability has a dialogue that cites its RFC and names it', () => {
  fails(
    [...coverage()]
      .filter(([name, files]) => files.length === 0 && !withoutDialogue.has(name))
      .map(([name]) => `no file of test/dialogues cites the RFC of ${name} and names it`),
  );
});

/** Commands that a server of IMAP4rev1 alone has (RFC 3501 section 6). */
const baseCommands =
  'APPEND AUTHENTICATE CAPABILITY CHECK CLOSE COPY CREATE DELETE EXAMINE EXPUNGE FETCH LIST LOGIN LOGOUT LSUB NOOP RENAME SEARCH SELECT STARTTLS STATUS STORE SUBSCRIBE UNSUBSCRIBE';

test('every command of an extension goes when its capability is switched off', () => {
  const base = new Set(baseCommands.split(' '));
  const brought = new Set(capabilityTable.flatMap(({ brings = [] }) => brings));
  fails(
    [...commands.keys()]
      .filter((name) => base.has(name) === brought.has(`command ${name}`))
      .map((name) => `no capability brings "command ${name}" in src/model/capability.ts`),
  );
});

test('nothing is left for later in the code', () => {
  const words = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);
  fails(
    all.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => (words.test(line) ? [`${path}:${index + 1}`] : [])),
    ),
  );
});
