import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../../base/limits.ts';
import { chunksMax, isWorthPacking, pack } from './chunks.ts';
import type { MailTransaction } from './transaction.ts';
import type { WriteQueue } from './write-queue.ts';

interface PackingHost {
  readonly queue: WriteQueue<MailTransaction>;
  readonly limits: Pick<Limits, 'packAfterMs'>;
  now(): number;
}

/** What one job works, milliseconds, the pause before the next one, and how many there are until the next hour. */
const jobMs = 3;
const pauseMs = 20;
const jobsMax = 2000;
/** Rows looked at in one step: most of them are small, or packed already. */
const pageRows = 50;

type PackingRow = readonly [packed: number, message: number, at: number];
type BodyRow = readonly [id: number, codec: number, length: number];

/**
 * Packs the bytes of messages that are older than `packAfterMs`, in small jobs of the write queue between those of
 * others. Nothing else of a message changes, and nobody is told. How far it came is in `packing`, together with a mark:
 * which numbers were given out at some time. Once the mark is old enough, so is everything before it; when that
 * is packed the mark is set anew, so that a message waits for one to two times `packAfterMs`.
 */
export async function packOld(host: PackingHost): Promise<void> {
  for (let jobs = 0; jobs < jobsMax; jobs++) {
    if (!(await host.queue.submit((tx) => packSome(tx, host)))) return;
    await sleep(pauseMs, undefined, { ref: false });
  }
}

/** Packs some rows; whether there may be more. */
function packSome(tx: MailTransaction, host: PackingHost): boolean {
  const { statements } = tx;
  const [packed, message, at] = statements.packing.get() as unknown as PackingRow;
  const time = host.now();
  // A mark of the future was set by a clock that was wrong.
  if (at <= time && at > time - host.limits.packAfterMs) return false;
  const end = message * chunksMax;
  const deadline = performance.now() + jobMs;
  for (let from = packed; ;) {
    const rows = statements.bodyPage.all(from, end, pageRows) as unknown as BodyRow[];
    for (const [id, codec, length] of rows) {
      if (performance.now() > deadline) {
        statements.setPacked.run(id);
        return true;
      }
      if (codec === 0 && isWorthPacking(length)) packRow(statements, id);
    }
    if (rows.length < pageRows) break;
    from = rows.at(-1)![0] + 1;
  }
  statements.setPackingMark.run(end, tx.nextMessage, time);
  return false;
}

function packRow(statements: MailTransaction['statements'], id: number): void {
  const [bytes] = statements.bodyData.get(id) as unknown as [Buffer];
  const { codec, data } = pack(bytes);
  if (codec !== 0) statements.setBody.run(codec, data, id);
}
