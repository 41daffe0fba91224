import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../../base/limits.ts';
import type { BodyFiles } from './body-file.ts';
import { chunkBytes, chunksMax, isWorthPacking, pack, release } from './chunks.ts';
import type { MailTransaction } from './transaction.ts';
import type { WriteQueue } from './write-queue.ts';

interface PackingHost {
  readonly queue: WriteQueue<MailTransaction>;
  readonly limits: Pick<Limits, 'packAfterMs'>;
  readonly bodies: BodyFiles;
  now(): number;
}

/** What one job works, milliseconds, the pause before the next one, and how many there are until the next hour. */
const jobMs = 3;
const pauseMs = 20;
const jobsMax = 2000;
/** Rows looked at in one step: most of them are small, or packed already. */
const pageRows = 50;

type PackingRow = readonly [packed: number, message: number, at: number];
type FileRow = readonly [message: number, name: string, size: number];
type BodyRow = readonly [id: number, codec: number, length: number];

/** Messages below this number had been given theirs at this time. */
interface Mark {
  readonly message: number;
  readonly at: number;
}

/**
 * Packs the bytes of messages that are older than `packAfterMs`, in small jobs of the write queue between those of
 * others. Nothing else of a message changes, and nobody is told. How far it came is in `packing`, together with a mark:
 * which numbers were given out at some time. Once the mark is old enough, so is everything before it; when that
 * is packed the mark is set anew, so that a message waits for one to two times `packAfterMs`.
 */
export async function packOld(host: PackingHost): Promise<void> {
  const budget = new Budget();
  for (;;) {
    const done = await host.queue.submit((tx) => packSome(tx, host));
    if (done === 'waits') return;
    if (done !== 'more') {
      if (!(await packFiles(host, done, budget))) return;
      await host.queue.submit((tx) => setMark(tx, host, done));
      return;
    }
    if (!(await budget.take())) return;
  }
}

/** How many jobs there are until the next hour, with a pause after each. */
class Budget {
  #left = jobsMax;

  /** False when there are no more. */
  async take(): Promise<boolean> {
    await sleep(pauseMs, undefined, { ref: false });
    this.#left -= 1;
    return this.#left > 0;
  }
}

/** Packs some rows; whether there may be more, or the mark before which all are packed. */
function packSome(tx: MailTransaction, host: PackingHost): 'waits' | 'more' | Mark {
  const { statements } = tx;
  const [packed, message, at] = statements.packing.get() as unknown as PackingRow;
  const time = host.now();
  // A mark of the future was set by a clock that was wrong.
  if (at <= time && at > time - host.limits.packAfterMs) return 'waits';
  const end = message * chunksMax;
  const deadline = performance.now() + jobMs;
  for (let from = packed; ;) {
    const rows = statements.bodyPage.all(from, end, pageRows) as unknown as BodyRow[];
    for (const [id, codec, length] of rows) {
      if (performance.now() > deadline) {
        statements.setPacked.run(id);
        return 'more';
      }
      if (codec === 0 && isWorthPacking(length)) packRow(statements, id);
    }
    if (rows.length < pageRows) break;
    from = rows.at(-1)![0] + 1;
  }
  if (packed < end) statements.setPacked.run(end);
  return { message, at };
}

/** The next mark, unless another process has set it. */
function setMark({ statements, nextMessage }: MailTransaction, host: PackingHost, old: Mark): void {
  const [packed, message, at] = statements.packing.get() as unknown as PackingRow;
  if (message === old.message && at === old.at)
    statements.setPackingMark.run(packed, nextMessage, host.now());
}

/** Packs the large messages before a mark that are in files; whether all of them were. */
async function packFiles(
  host: PackingHost,
  { message: before }: Mark,
  budget: Budget,
): Promise<boolean> {
  for (let last = 0; ;) {
    const next = await host.queue.submit(
      ({ statements }) => statements.nextFile.get(last, before) as FileRow | undefined,
    );
    if (next === undefined) return true;
    [last] = next;
    for (let from = 0; from < next[2]; from += chunkBytes) {
      if (!(await packChunk(host, next, from))) break;
      if (!(await budget.take())) return false;
    }
  }
}

/**
 * Packs a chunk of a file into a row; with the last one the message leaves its file, and all its rows are there. False
 * when it has left it already, is gone, or its bytes are: whoever asks for them is told.
 */
async function packChunk(
  host: PackingHost,
  [message, name, size]: FileRow,
  from: number,
): Promise<boolean> {
  const { queue, bodies } = host;
  const end = Math.min(size, from + chunkBytes);
  const bytes = bodies.read(name, from, end - from);
  if (bytes?.length !== end - from) return false;
  const { codec, data } = pack(bytes);
  if (data !== bytes) release(bytes);
  const packed = await queue.submit((tx) => {
    const [named] = (tx.statements.fileOf.get(message) as [string] | undefined) ?? [];
    if (named !== name) return false;
    tx.statements.putBody.run(message * chunksMax + from / chunkBytes, codec, data);
    if (end === size) forgetFile(tx, host, message);
    return true;
  });
  release(data);
  return packed;
}

/** A message is not in a file any longer; the file goes when this is durable and some time has passed. */
export function forgetFile(
  { statements }: MailTransaction,
  host: Pick<PackingHost, 'bodies' | 'now'>,
  message: number,
): void {
  const [name] = (statements.fileOf.get(message) as [string] | undefined) ?? [];
  if (name === undefined) return;
  host.bodies.touch(name, host.now());
  statements.forgetFile.run(message);
}

function packRow(statements: MailTransaction['statements'], id: number): void {
  const [bytes] = statements.bodyData.get(id) as unknown as [Buffer];
  const { codec, data } = pack(bytes);
  if (codec !== 0) statements.setBody.run(codec, data, id);
}
