/** Files of earlier versions are migrated when they are opened. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from './database.ts';
import { digestKeyOf } from './directory.ts';
import { directorySchema, mailSchema } from './schema.ts';

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

test('a directory of the first version is given the secret of digests, once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'restante-schema-'));
  try {
    const path = join(directory, 'directory.db');
    const migrations = directorySchema.migrations.slice(0, 1);
    (await openDatabase(path, { ...directorySchema, migrations })).close();
    const keys: string[] = [];
    for (let times = 0; times < 2; times++) {
      const connection = await openDatabase(path, directorySchema);
      keys.push(digestKeyOf(connection).export().toString('hex'));
      connection.close();
    }
    assert.match(keys[0]!, /^[0-9a-f]{64}$/);
    assert.equal(keys[1], keys[0]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
