import type NodeFs from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type Database from 'better-sqlite3';

/**
 * What the thread does on a database: `passive` copies the WAL into it beside the writers; `restart` waits for writers so that the
 * WAL begins anew; `empty` is for one that was closed: it is passive, and leaves an empty WAL where nobody is in the way, the place of its
 * header cleared for the first commit (`Writer.ready`).
 */
export type CheckpointAction = 'passive' | 'restart' | 'empty';

export interface CheckpointRequest {
  readonly id: number;
  readonly path: string;
  readonly action: CheckpointAction;
}

export interface CheckpointReply {
  readonly id: number;
  readonly error?: string;
  /** Whether every frame is in the database file now. */
  readonly complete: boolean;
}

interface Result {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * The whole of the checkpoint thread. It is handed to the thread as its own source text, so it may use nothing
 * but its parameters: a thread that loaded a TypeScript file would carry a second copy of what strips types.
 */
// oxlint-disable-next-line eslint/max-params -- what a module would import
export function checkpointThread(
  port: MessagePort,
  Sqlite: typeof Database,
  fs: typeof NodeFs,
): void {
  /** How long a checkpoint that needs the others to pause waits for them; sleeping is fine here. */
  const busyTimeMs = 250;
  const open = (path: string): Database.Database => {
    const connection = new Sqlite(path, { timeout: busyTimeMs, fileMustExist: true });
    connection.pragma('synchronous = NORMAL');
    connection.pragma('wal_autocheckpoint = 0');
    connection.pragma('cache_size = -512');
    return connection;
  };

  const checkpoint = (connection: Database.Database, mode: string): boolean => {
    const [result] = connection.pragma(`wal_checkpoint(${mode})`) as Result[];
    return result?.busy === 0 && result.log === result.checkpointed;
  };

  /** What `WalFile.clearAhead` does. */
  const clear = (connection: Database.Database): void => {
    const wal = `${connection.name}-wal`;
    // Under the lock nobody else writes to it.
    connection.exec('BEGIN IMMEDIATE');
    const file = fs.openSync(wal, 'r+');
    const folder = fs.openSync(wal.slice(0, wal.lastIndexOf('/')), 'r');
    try {
      const { ino, dev, size } = fs.fstatSync(file, { bigint: true });
      if (size > 32n) return;
      const header = new BigUint64Array(4);
      fs.writeSync(file, header, 0, 32, 0);
      fs.fdatasyncSync(file);
      fs.fsyncSync(folder);
      header.set([0n, 0n, ino, dev]);
      fs.writeSync(file, header, 0, 32, 0);
    } finally {
      fs.closeSync(folder);
      fs.closeSync(file);
      connection.exec('ROLLBACK');
    }
  };

  const act = ({ path, action }: CheckpointRequest): boolean => {
    const connection = open(path);
    // The last one to close takes the WAL away, unless it only reads.
    const last = new Sqlite(path, { timeout: busyTimeMs, readonly: true });
    try {
      last.pragma('user_version');
      if (action === 'restart') return checkpoint(connection, 'RESTART');
      const isComplete = checkpoint(connection, 'PASSIVE');
      if (action === 'passive' || !isComplete) return isComplete;
      connection.pragma('busy_timeout = 0');
      if (!checkpoint(connection, 'TRUNCATE')) return false;
      try {
        clear(connection);
      } catch {
        // Somebody writes already, or the disk is full: the next first commit will see to it.
      }
      return true;
    } finally {
      connection.close();
      last.close();
    }
  };

  port.on('message', (request: CheckpointRequest) => {
    let reply: CheckpointReply = { id: request.id, complete: false };
    try {
      reply = { id: request.id, complete: act(request) };
    } catch (error) {
      reply = { id: request.id, complete: false, error: String(error) };
    }
    port.postMessage(reply);
  });
}
