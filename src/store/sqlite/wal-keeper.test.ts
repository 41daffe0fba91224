import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { WalFile } from './wal-file.ts';
import { WalKeeper } from './wal-keeper.ts';

test('a long WAL is begun anew though every copy of it is complete when it ends, because somebody always writes behind it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'restante-wal-'));
  const path = join(directory, 'mail.db');
  const [writer, reader, copier] = [path, path, path].map((file) => new Database(file)) as [
    Database.Database,
    Database.Database,
    Database.Database,
  ];
  writer.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  writer.exec('CREATE TABLE t (data BLOB); PRAGMA wal_autocheckpoint = 0');
  const insert = writer.prepare('INSERT INTO t VALUES (zeroblob(400000))');
  let restarts = 0;
  const checkpointer = {
    run: async (_: string, action: string): Promise<boolean> => {
      if (action === 'restart') {
        restarts++;
        copier.pragma('wal_checkpoint(RESTART)');
      } else {
        // Copies what is there when it begins, as it does when somebody writes behind that meanwhile.
        reader.exec('BEGIN; SELECT count(*) FROM t');
        insert.run();
        copier.pragma('wal_checkpoint(PASSIVE)');
        reader.exec('ROLLBACK');
      }
      return true;
    },
  };
  const pauses: (() => Promise<void>)[] = [];
  const keeper = new WalKeeper({
    writer: { connection: writer, isOpen: true },
    path,
    wal: new WalFile(path),
    checkpointer: checkpointer as never,
    logger: { warn: assert.fail } as never,
    pause: (action) => pauses.push(action),
  });
  const frames = (): number =>
    (writer.prepare('PRAGMA wal_checkpoint(NOOP)').raw().get() as number[])[1]!;

  let longest = 0;
  for (let round = 0; round < 160; round++) {
    for (const action of pauses.splice(0)) await action();
    insert.run();
    keeper.look(false);
    longest = Math.max(longest, frames());
    await new Promise(setImmediate);
  }
  assert.ok(restarts > 0, 'never begun anew');
  assert.ok(longest < 6000, `${longest} frames`);

  await keeper.settled();
  for (const connection of [writer, reader, copier]) connection.close();
  await rm(directory, { recursive: true });
});
