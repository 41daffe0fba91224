import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { scanMbox, type Mbox, type MboxFormat } from './mbox.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restante-mbox-'));
});
after(() => rm(folder, { recursive: true }));

/** Scans a text; the messages as they stand in it. */
async function scan(
  text: string,
  format: MboxFormat = 'auto',
): Promise<Mbox & { texts: string[] }> {
  const path = join(folder, 'mbox');
  await writeFile(path, text, 'latin1');
  const mbox = await scanMbox(path, { format });
  return { ...mbox, texts: mbox.messages.map(({ start, end }) => text.slice(start, end)) };
}

const line = 'From a@b Fri Jul  8 12:08:34 2011\n';

test('messages lie between separators, without the blank line that ends them', async () => {
  const { texts, messages, junkBytes } = await scan(
    `${line}A: 1\n\nx\n\n${line}A: 2\n\ny\n\n\n${line}A: 3\n\nz`,
  );
  assert.deepEqual(texts, ['A: 1\n\nx\n', 'A: 2\n\ny\n\n', 'A: 3\n\nz']);
  assert.equal(messages[0]?.date?.epochSeconds, Date.UTC(2011, 6, 8, 12, 8, 34) / 1000);
  assert.equal(junkBytes, 0);
});

test('CRLF, a byte order mark, the end of the file', async () => {
  const crlf = line.replace('\n', '\r\n');
  const { texts } = await scan(`\xef\xbb\xbf${crlf}A: 1\r\n\r\nx\r\n\r\n${crlf}A: 2\r\n\r\n\r\n`);
  assert.deepEqual(texts, ['A: 1\r\n\r\nx\r\n', 'A: 2\r\n\r\n']);
});

test('what looks like a separator and is none', async () => {
  const body = [
    'From Russia with love\nYear: 1963\n',
    'From bob Mon Jan 1 10:00:00 2001\nhe wrote no header\n',
    'From here: we go\nA: b\n',
  ].join('\n');
  const { texts, unseparated } = await scan(
    `${line}A: 1\n\nthis\n\n${body}x\n${line}A: 2\n\n${line}A: 3\n`,
  );
  assert.equal(texts.length, 2);
  assert.equal(unseparated, 1);
});

test('a writer without blank lines is believed when most are missing', async () => {
  const { texts } = await scan(`${line}A: 1\n\nx\n${line}A: 2\n\ny\n${line}A: 3\n`);
  assert.deepEqual(texts, ['A: 1\n\nx\n', 'A: 2\n\ny\n', 'A: 3\n']);
});

test('separators with little in them', async () => {
  const { texts } = await scan(
    `From -\nA: 1\n\nx\n\nFrom MAILER-DAEMON\nA: 2\n\ny\n\nFrom 184@xxx\nA: 3\n`,
  );
  assert.deepEqual(texts, ['A: 1\n\nx\n', 'A: 2\n\ny\n', 'A: 3\n']);
});

test('something before the first message, nothing at all', async () => {
  assert.equal((await scan(`\n\nx\n\n${line}A: 1\n`)).junkBytes, 5);
  assert.deepEqual((await scan('')).texts, []);
  const { texts, junkBytes } = await scan('hello');
  assert.deepEqual([texts, junkBytes], [[], 5]);
});

test('Content-Length is believed where a separator or the end proves it', async () => {
  const inner = `hello\n\n${line}B: 2\n\nworld\n`;
  const cl2 = `${line}A: 1\nContent-Length: ${inner.length}\n\n${inner}\n${line}A: 3\nContent-Length: 2\n\nz\n`;
  const right = await scan(cl2);
  assert.deepEqual(right.texts, [
    `A: 1\nContent-Length: ${inner.length}\n\n${inner}`,
    'A: 3\nContent-Length: 2\n\nz\n',
  ]);
  assert.deepEqual([right.quoting, right.wrongLengths], ['none', 0]);
  const wrong = await scan(cl2.replace(`: ${inner.length}`, `: ${inner.length - 3}`));
  assert.equal(wrong.texts.length, 3);
  assert.equal(wrong.wrongLengths, 1);
  assert.equal((await scan(cl2, 'mboxo')).texts.length, 3);
  const beyond = await scan(`${line}A: 1\nContent-Length: 999\n\nx\n`);
  assert.deepEqual([beyond.texts.length, beyond.wrongLengths], [1, 1]);
});

test('Content-Length needs no blank line before the next separator', async () => {
  const { texts } = await scan(`${line}Content-Length: 2\n\nx\n${line}Content-Length: 2\n\ny\n`);
  assert.deepEqual(texts, ['Content-Length: 2\n\nx\n', 'Content-Length: 2\n\ny\n']);
});

test('the dialect of quoting follows from the neighbours', async () => {
  const quoting = async (body: string, format?: MboxFormat) =>
    (await scan(`${line}A: 1\n\n${body}\n`, format)).quoting;
  assert.equal(await quoting('x\n>From a\n'), 'one');
  assert.equal(await quoting('> he wrote\n>>From a\n'), 'all');
  assert.equal(await quoting('>> he wrote\n>>From a\n'), 'one');
  assert.equal(await quoting('x', 'mboxrd'), 'all');
  assert.equal(await quoting('> he wrote\n>>From a\n', 'mboxo'), 'one');
  assert.equal(await quoting('x', 'mboxcl'), 'one');
  assert.equal(await quoting('x', 'mboxcl2'), 'none');
});

test('a file longer than the window', async () => {
  const message = (n: number) => `A: ${n}\n\n${`line of ${n}\n`.repeat(n % 997)}`;
  const all = Array.from({ length: 700 }, (_, n) => message(n));
  const { texts } = await scan(all.map((text) => `${line}${text}\n`).join(''));
  assert.deepEqual(texts, all);
});
