import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { WalFile } from './wal-file.ts';
import { WalKeeper } from './wal-keeper.ts';

const frameBytes = 24 + 8192;

/** A database with an open connection, whose WAL is kept as an account's is. */
class Fixture {
  readonly directory: string;
  readonly path: string;
  readonly writer: Database.Database;
  readonly wal: WalFile;
  readonly keeper: WalKeeper;

  private constructor(directory: string) {
    this.directory = directory;
    this.path = join(directory, 'mail.db');
    this.writer = new Database(this.path);
    this.writer.pragma('page_size = 8192');
    this.writer.pragma('journal_mode = WAL');
    this.writer.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, data TEXT)');
    this.wal = new WalFile(this.path);
    this.keeper = new WalKeeper({
      writer: { connection: this.writer, isOpen: true },
      path: this.path,
      wal: this.wal,
      checkpointer: { run: () => assert.fail('nothing is large enough') } as never,
      logger: undefined as never,
      pause: () => undefined,
    });
  }

  static async make(): Promise<Fixture> {
    const fixture = new Fixture(await mkdtemp(join(tmpdir(), 'restante-wal-')));
    await fixture.wal.sync();
    return fixture;
  }

  write(bytes: number, logOnly = false): void {
    this.writer.exec('BEGIN IMMEDIATE');
    this.keeper.makeRoom();
    this.writer.prepare('INSERT INTO t (data) VALUES (?)').run('x'.repeat(bytes));
    this.writer.exec('COMMIT');
    this.keeper.look(logOnly);
  }

  /** The file, and how much of it frames fill. */
  async file(): Promise<{ bytes: Buffer; end: number }> {
    const [, frames] = this.writer.prepare('PRAGMA wal_checkpoint(NOOP)').raw().get() as number[];
    return { bytes: await readFile(`${this.path}-wal`), end: 32 + frames! * frameBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.wal.close();
    this.writer.close();
    await rm(this.directory, { recursive: true });
  }
}

for (const logOnly of [false, true])
  test(`a WAL that small commits fill has room before it is needed, and what is read after a crash ends where they end${logOnly ? '; they are counted now and then' : ''}`, async () => {
    await using fixture = await Fixture.make();
    const copy = join(fixture.directory, 'copy.db');
    let grown = 0;
    let before = 0;
    for (let n = 1; n <= 300; n++) {
      fixture.write(100, logOnly);
      const { bytes, end } = await fixture.file();
      if (bytes.length !== before) grown++;
      before = bytes.length;
      assert.ok(bytes.subarray(end).equals(Buffer.alloc(bytes.length - end)));
      assert.ok(bytes.length <= end * 2.25 && bytes.length < end + 700 * 1024);
      if (n % 50 > 0) continue;
      await copyFile(fixture.path, copy);
      await copyFile(`${fixture.path}-wal`, `${copy}-wal`);
      const found = new Database(copy);
      assert.equal(found.prepare('SELECT count(*) FROM t').pluck().get(), n);
      assert.equal(found.pragma('integrity_check', { simple: true }), 'ok');
      found.close();
    }
    assert.ok(grown < 25, `grown ${grown} times`);
  });

test('what others wrote meanwhile is never written over', async () => {
  await using fixture = await Fixture.make();
  for (let n = 0; n < 20; n++) fixture.write(100);
  const other = new Database(fixture.path);
  for (let n = 0; n < 100; n++) other.exec("INSERT INTO t (data) VALUES ('theirs')");
  for (let n = 0; n < 100; n++) fixture.write(100);
  other.close();
  const count = fixture.writer.prepare("SELECT count(*) FROM t WHERE data = 'theirs'").pluck();
  assert.equal(count.get(), 100);
  assert.equal(fixture.writer.pragma('integrity_check', { simple: true }), 'ok');
});

test('large commits get none, and a WAL that has hardly begun neither', async () => {
  await using fixture = await Fixture.make();
  for (let n = 0; n < 5; n++) fixture.write(100);
  for (let n = 0; n < 5; n++) fixture.write(40 * 8192);
  const { bytes, end } = await fixture.file();
  assert.equal(bytes.length, end);
});
