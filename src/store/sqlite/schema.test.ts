/** Files of earlier versions are migrated when they are opened. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from './database.ts';
import { mailSchema } from './schema.ts';

test("metadata of the second version is the owner's", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'restante-schema-'));
  try {
    const path = join(directory, 'mail.db');
    const second = { ...mailSchema, migrations: mailSchema.migrations.slice(0, 2) };
    const before = await openDatabase(path, second);
    const insert = before.prepare('INSERT INTO metadata VALUES (?, ?, ?, ?, ?)');
    insert.run(0, '/private/comment', '/private/Comment', 7, Buffer.from('of the account'));
    insert.run(3, '', '', 9, Buffer.from(''));
    insert.run(3, '/shared/comment', '/shared/comment', 8, Buffer.from([0, 255]));
    before.close();
    const after = await openDatabase(path, mailSchema);
    assert.deepEqual(after.prepare('SELECT * FROM metadata').raw().all(), [
      [0, '', '/private/comment', '/private/Comment', 7, Buffer.from('of the account')],
      [3, '', '', '', 9, Buffer.from('')],
      [3, '', '/shared/comment', '/shared/comment', 8, Buffer.from([0, 255])],
    ]);
    assert.equal(after.pragma('user_version', { simple: true }), mailSchema.migrations.length);
    after.close();
  } finally {
    await rm(directory, { recursive: true });
  }
});
