import type { MessagePort } from 'node:worker_threads';
import type Database from 'better-sqlite3';

/**
 * What the thread does on a database: `passive` copies the WAL into it beside the writers; `restart` waits for writers so that the
 * WAL begins anew; `empty` is for one that was closed: it is passive, and leaves an empty WAL where nobody is in the way.
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
export function checkpointThread(port: MessagePort, Sqlite: typeof Database): void {
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
      return checkpoint(connection, 'TRUNCATE');
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
