/** Clients that hang up in the middle of something: an everyday matter, not an error. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hashPassword } from '../src/auth/password.ts';
import { defaultLimits } from '../src/base/limits.ts';
import { silent, type Logger } from '../src/base/logger.ts';
import type { Store } from '../src/store/store.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { startServer, type RunningServer } from '../src/app/embedded.ts';

const complaints: string[] = [];
const complain = (_: object, text: string): void => void complaints.push(text);
const logger: Logger = { ...silent, warn: complain, error: complain };
const directory = mkdtempSync(join(tmpdir(), 'restante-hang-up-'));
let store: Store;
let server: RunningServer;

before(async () => {
  store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  const passwordHash = await hashPassword('secret');
  await store.directory.add({ address: 'anna@example.org', passwordHash });
  server = await startServer({ store, logger, listen: ['imap://127.0.0.1:0'] });
});

after(async () => {
  await server.close();
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

/** Says this after a login, closes its side, and returns what was answered. */
async function say(text: string): Promise<string> {
  const { port } = new URL(server.addresses[0]?.url ?? '');
  const socket = connect(Number(port), '127.0.0.1');
  socket.end(`a LOGIN anna@example.org secret\r\nb SELECT INBOX\r\n${text}`);
  let said = '';
  for await (const chunk of socket) said += String(chunk);
  assert.match(said, /\r\nb OK /);
  return said.slice(said.indexOf('\r\nb OK '));
}

for (const [what, text] of [
  ['a message', 'c APPEND INBOX {100+}\r\nSubject: x\r\n\r\nabc'],
  ['a message that is refused', `c APPEND INBOX {${2 ** 30}+}\r\nSubject: x`],
  ['a part of a catenation', 'c APPEND INBOX CATENATE (TEXT {100+}\r\nSubject: x'],
  ['the second of two messages', 'c APPEND INBOX {3+}\r\nabc {100+}\r\nSubject: x'],
  ['what follows a message', 'c APPEND INBOX {3+}\r\nabc'],
  ['a replacement', 'c REPLACE 1 INBOX {100+}\r\nSubject: x'],
  ['a literal', 'c STATUS {10+}\r\nINB'],
  ['a line', 'c STATUS INB'],
] as const) {
  test(`a client that hangs up in the middle of ${what} is answered nothing, and is no error`, async () => {
    complaints.length = 0;
    const answer = await say(text);
    assert.doesNotMatch(answer, /SERVERBUG|\r\nc OK/);
    assert.deepEqual(complaints, []);
  });
}
