import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { password, startServer } from './support/server.ts';

test("Python's imaplib: mailboxes, append, search, fetch, store, expunge, copy, move", async () => {
  await using server = await startServer();
  const file = join(server.directory, 'message.eml');
  writeFileSync(file, message(7));
  const script = join(import.meta.dirname, 'imaplib_client.py');
  const words = [script, String(server.port('imap')), 'anna@example.org', password, file];
  assert.match(await run('python3', words), /imaplib is content/);
});
