import { parentPort } from 'node:worker_threads';
import Database from 'better-sqlite3';

/**
 * Checkpoints run here, in a thread of their own: one of 250 MB would stop the main thread for a third of a
 * second. `hold` keeps a connection open, so that the main thread's is not the last one to close (the last
 * one checkpoints); `release` then is.
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

/** How long a checkpoint that needs the others to pause waits for them; sleeping is fine here. */
const busyTimeMs = 250;

interface Result {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

const held = new Map<string, Database.Database>();

function open(path: string): Database.Database {
  const connection = new Database(path, { timeout: busyTimeMs, fileMustExist: true });
  connection.pragma('synchronous = NORMAL');
  connection.pragma('wal_autocheckpoint = 0');
  return connection;
}

function act({ path, action }: CheckpointRequest): boolean {
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
    const [result] = connection.pragma(
      `wal_checkpoint(${action === 'restart' ? 'RESTART' : 'PASSIVE'})`,
    ) as Result[];
    return result?.busy === 0 && result.log === result.checkpointed;
  } finally {
    if (action === 'release' || !held.has(path)) connection.close();
    if (action === 'release') held.delete(path);
  }
}

parentPort?.on('message', (request: CheckpointRequest) => {
  let reply: CheckpointReply = { id: request.id, complete: false };
  try {
    reply = { id: request.id, complete: act(request) };
  } catch (error) {
    reply = { id: request.id, complete: false, error: String(error) };
  }
  parentPort?.postMessage(reply);
});
