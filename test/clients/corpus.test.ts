/**
 * Messages that people and programs really sent: each goes in by LMTP, APPEND and import, and comes
 * back byte for byte; its ENVELOPE and BODYSTRUCTURE are strict grammar and agree with Dovecot's.
 * `RESTANTE_TEST_MAIL` names a folder with more messages than the project's own.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { argued, type Difference } from './support/argued.ts';
import { startDovecot } from './support/dovecot.ts';
import { imapClient, literal, type TestClient } from './support/imap.ts';
import { deliver } from './support/lmtp.ts';
import { password, restante, startServer, type TestServer } from './support/server.ts';
import { parseResponse as parseStrictly } from '../support/response-parser.ts';
import { parseResponse, type Tree } from './support/tree.ts';

const user = 'anna@example.org';
const own = join(import.meta.dirname, '../mail');
const folders = [own, process.env['RESTANTE_TEST_MAIL'] ?? ''].filter((path) => path !== '');

interface Message {
  readonly name: string;
  /** With CRLF line ends. */
  readonly bytes: Buffer;
}

/** Every file of the folders but READMEs, bare LFs made CRLFs. */
function messages(): Message[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .filter((name) => statSync(join(folder, name)).isFile() && !name.endsWith('README.md'))
      .map((name) => {
        const text = readFileSync(join(folder, name), 'latin1');
        return { name, bytes: Buffer.from(text.replaceAll(/(?<!\r)\n/g, '\r\n'), 'latin1') };
      }),
  );
}

const corpus = messages();

/** APPENDs the corpus in order: message n + 1 is corpus[n]. NUL needs a literal8, which old servers lack. */
async function appendAll(client: TestClient, mailbox: string): Promise<void> {
  for (const { name, bytes } of corpus) {
    const status = await client.append(mailbox, bytes);
    assert.match(status, /^OK/, `APPEND of ${name}`);
  }
}

async function bodies(client: TestClient, mailbox: string): Promise<Buffer[]> {
  await client.command(`EXAMINE ${mailbox}`);
  const { untagged } = await client.command('UID FETCH 1:* (BODY.PEEK[])');
  return untagged.filter((line) => line.includes(' FETCH ')).map(literal);
}

test(
  'every message comes back byte for byte: APPEND, LMTP, import',
  { timeout: 300_000 },
  async () => {
    assert.ok(corpus.length >= 10, 'there are messages to try');
    await using server = await startServer();
    await using client = await imapClient(server.port('imap'), user, password);
    await client.command('CREATE Appended');
    await client.command('CREATE Imported');
    await appendAll(client, 'Appended');
    const appended = await bodies(client, 'Appended');
    for (const [n, { name, bytes }] of corpus.entries()) {
      assert.ok(appended[n]?.equals(bytes), `APPEND changed ${name}`);
    }
    await checkDelivered(server, client);
    await checkImported(server, client);
  },
);

async function checkDelivered(server: TestServer, client: TestClient): Promise<void> {
  for (const { name, bytes } of corpus) {
    const replies = await deliver(server.port('lmtp'), { to: [user], bytes });
    assert.match(replies[0] ?? '', /^250 /, `LMTP of ${name}`);
  }
  const delivered = await bodies(client, 'INBOX');
  const offset = delivered.length - corpus.length;
  for (const [n, { name, bytes }] of corpus.entries()) {
    const text = delivered[offset + n]?.toString('latin1') ?? '';
    // SMTP cannot say that a message has no CRLF at its end.
    const sent = bytes.toString('latin1');
    assert.ok(text.endsWith(sent.endsWith('\r\n') ? sent : `${sent}\r\n`), `LMTP changed ${name}`);
  }
}

async function checkImported(server: TestServer, client: TestClient): Promise<void> {
  const folder = join(server.directory, 'eml');
  mkdirSync(folder);
  const distinct = new Map(corpus.map(({ bytes }) => [bytes.toString('latin1'), bytes]));
  for (const [n, bytes] of [...distinct.values()].entries()) {
    writeFileSync(join(folder, `${String(n).padStart(4, '0')}.eml`), bytes);
  }
  await restante(['import', user, folder, '--mailbox', 'Imported', '--store', server.store]);
  const imported = new Set(
    (await bodies(client, 'Imported')).map((bytes) => bytes.toString('latin1')),
  );
  assert.equal(imported.size, distinct.size);
  for (const text of distinct.keys())
    assert.ok(imported.has(text), `import changed a message: ${text.slice(0, 200)}`);
}

test(
  'ENVELOPE and BODYSTRUCTURE are strict grammar and agree with Dovecot, or differ for a reason',
  { timeout: 300_000 },
  async () => {
    await using server = await startServer();
    await using dovecot = await startDovecot('secret');
    await using ours = await imapClient(server.port('imap'), user, password);
    await using theirs = await imapClient(dovecot.port, 'anna', 'secret');
    const found: Difference[] = [];
    for (const client of [ours, theirs]) {
      await appendAll(client, 'INBOX');
      await client.command('EXAMINE INBOX');
    }
    for (const [n, { name }] of corpus.entries()) {
      for (const item of ['ENVELOPE', 'BODYSTRUCTURE', 'BODY']) {
        const [a, b] = await Promise.all(
          [ours, theirs].map(async (client) => await fetchItem(client, n + 1, item)),
        );
        if (a !== b) found.push({ message: name, item, ours: a ?? '', theirs: b ?? '' });
      }
    }
    const unargued = found.filter((difference) => argued(difference) === undefined);
    assert.deepEqual(unargued, []);
  },
);

/** One item's value in a normal form: strings in quotes, media types and encodings in lower case. */
async function fetchItem(client: TestClient, sequence: number, item: string): Promise<string> {
  const { untagged } = await client.command(`FETCH ${sequence} (${item})`);
  const response = untagged.find((line) => line.includes(' FETCH '));
  assert.ok(response !== undefined, `no answer to FETCH ${sequence} ${item}`);
  parseStrictly(response);
  const tree = parseResponse(response);
  const list = tree.at(-1);
  assert.ok(Array.isArray(list));
  const value = list[1];
  assert.ok(Array.isArray(value));
  return item === 'ENVELOPE' ? JSON.stringify(value) : JSON.stringify(lowerTypes(value));
}

/** Words of MIME are equal in any case; ids, descriptions, parameter values are not, but none of ours changes case. */
function lowerTypes(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map(lowerTypes);
  return typeof tree === 'string' ? tree.toLowerCase() : tree;
}
