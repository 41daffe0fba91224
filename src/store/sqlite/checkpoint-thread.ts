import type { MessagePort } from 'node:worker_threads';
import type Database from 'better-sqlite3';

/**
 * What the thread does on a database: `passive` copies the WAL into it beside the writers, `restart` waits
 * for them so that the WAL begins anew. `hold` keeps a connection open, so that the main thread's is not
 * the last one to close (the last one checkpoints); `release` closes it, and then is.
 */
export type CheckpointAction = 'passive' | 'restart' | 'hold' | 'release';

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
  const held = new Map<string, Database.Database>();

  const open = (path: string): Database.Database => {
    const connection = new Sqlite(path, { timeout: busyTimeMs, fileMustExist: true });
    connection.pragma('synchronous = NORMAL');
    connection.pragma('wal_autocheckpoint = 0');
    connection.pragma('cache_size = -512');
    return connection;
  };

  const act = ({ path, action }: CheckpointRequest): boolean => {
    if (action === 'hold') {
      if (held.has(path)) return false;
      const connection = open(path);
      // The first read is what joins the WAL.
      connection.prepare('SELECT count(*) FROM sqlite_schema').get();
      held.set(path, connection);
      return false;
    }
    const connection = held.get(path) ?? open(path);
    try {
      const mode = action === 'restart' ? 'RESTART' : 'PASSIVE';
      const [result] = connection.pragma(`wal_checkpoint(${mode})`) as Result[];
      return result?.busy === 0 && result.log === result.checkpointed;
    } finally {
      if (action === 'release' || !held.has(path)) connection.close();
      if (action === 'release') held.delete(path);
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
