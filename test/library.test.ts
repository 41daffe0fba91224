/** The examples of docs/library.md, done. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultLimits, hashPassword, openSqliteStore, silent, startServer } from '../src/index.ts';

test('a program starts a server of its own and logs in', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'restante-library-'));
  try {
    await using store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
    const passwordHash = await hashPassword('secret');
    await store.directory.add({ address: 'anna@example.org', passwordHash });
    await using server = await startServer({ store, listen: ['imap://127.0.0.1:0'] });
    const { port } = new URL(server.addresses[0]?.url ?? '');
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('a LOGIN anna@example.org secret\r\nb STATUS INBOX (MESSAGES)\r\nc LOGOUT\r\n');
    let said = '';
    for await (const chunk of socket) said += String(chunk);
    assert.match(said, /^\* OK .*\r\na OK .*\r\n\* STATUS INBOX \(MESSAGES 0\)\r\nb OK /);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
