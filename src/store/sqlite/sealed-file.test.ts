import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Reader } from './reader.ts';
import { hold, letGo, SealedFile } from './sealed-file.ts';
import { prepare } from './statement.ts';

/** Longer than it takes until stamps are believed. */
const restMs = 120;

let directory: string;
let path: string;

/** Connects as another process would, of which ours knows nothing. */
function stranger(): Database.Database {
  const connection = new Database(path);
  connection.pragma('wal_autocheckpoint = 0');
  return connection;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-sealed-'));
  // What means something in an address of a file.
  const folder = join(directory, 'a%20b?immutable=0#c');
  await mkdir(folder);
  path = join(folder, 'mail.db');
  const connection = stranger();
  connection.pragma('journal_mode = WAL');
  connection.exec("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, NULL), (2, 'two')");
  connection.close();
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('a file is sealed once it was left alone for a moment, and has no WAL but an empty one', async () => {
  assert.equal(SealedFile.of(path), undefined);
  await sleep(restMs);
  assert.equal(SealedFile.of(path)?.isWhole, true);
  await writeFile(`${path}-wal`, Buffer.alloc(33));
  assert.equal(SealedFile.of(path), undefined);
  await writeFile(`${path}-wal`, '');
  assert.equal(SealedFile.of(path)?.isWhole, true);
  assert.equal(SealedFile.of(join(directory, 'none')), undefined);
});

test('it is whole until somebody writes, or has a connection here', async () => {
  await sleep(restMs);
  const sealed = SealedFile.of(path);
  assert.ok(sealed);
  const connection = stranger();
  const rows = connection.prepare('SELECT count(*) FROM t').pluck();
  assert.equal(rows.get(), 2);
  assert.equal(sealed.isWhole, true, 'who reads does no harm');
  hold(path);
  assert.equal(sealed.isWhole, false);
  letGo(path);
  assert.equal(sealed.isWhole, true);
  connection.exec('INSERT INTO t VALUES (3, 3)');
  assert.equal(sealed.isWhole, false, 'a WAL');
  connection.pragma('wal_checkpoint(TRUNCATE)');
  assert.equal(sealed.isWhole, false, 'another time');
  connection.close();
  assert.equal(sealed.isWhole, false);
});

test('a time that is still to come says nothing of what is written meanwhile', async () => {
  await sleep(restMs);
  const soon = Date.now() / 1000 + 100;
  await utimes(path, soon, soon);
  await sleep(restMs);
  assert.equal(SealedFile.of(path), undefined);
});

test('a reader looks without a connection while it can, and what it says is never of two states', async () => {
  await sleep(restMs);
  const reader = new Reader(path, { mayBeSealed: true });
  const all = prepare(reader, 'SELECT a, b FROM t ORDER BY a').raw();
  const first = prepare(reader, 'SELECT b FROM t WHERE a >= ? ORDER BY a').pluck();
  const look = (): unknown[] =>
    reader.atOnce(() => [all.all(), [...all.iterate()].length, first.get(2), first.get(9)]);
  const before = [
    [1, null],
    [2, 'two'],
  ];
  assert.deepEqual(look(), [before, 2, 'two', undefined]);
  assert.deepEqual([reader.isOpen, reader.isSealed, reader.isWhole], [false, true, true]);
  const connection = stranger();
  let looks = 0;
  const found = reader.atOnce(() => {
    const rows = all.all();
    if (looks++ === 0) connection.exec('INSERT INTO t VALUES (3, 3)');
    return [rows, all.all()];
  });
  const after = [...before, [3, 3]];
  assert.deepEqual(found, [after, after]);
  assert.deepEqual([looks, reader.isOpen, reader.isSealed], [2, true, false]);
  connection.close();
  reader.close();
  assert.throws(() => look(), /is closed/);
});

test('what cannot be read as a sealed file is asked of a connection', async () => {
  await sleep(restMs);
  const reader = new Reader(path, { mayBeSealed: true });
  assert.throws(() => reader.atOnce(() => prepare(reader, 'SELECT a FROM none').all()), {
    code: 'SQLITE_ERROR',
  });
  assert.equal(reader.isOpen, true);
  reader.close();
  const unsealed = new Reader(path, { mayBeSealed: false });
  assert.equal(unsealed.isSealed, false);
  unsealed.close();
});
