import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../../base/limits.ts';
import { chunksMax } from './chunks.ts';
import { cutLog } from './fold.ts';
import { packOld } from './packing.ts';
import { discard } from './staged.ts';
import type { MailTransaction } from './transaction.ts';
import type { WriteQueue } from './write-queue.ts';

interface SweepHost {
  readonly queue: WriteQueue<MailTransaction>;
  readonly limits: Limits;
  now(): number;
}

/** What one job of the sweep removes at most, and the pause before the next one. */
const batchRows = 100;
const pauseMs = 20;
/** A staged message that no chunk has come to for so long is nobody's: no client may be silent so long. */
const stagingMs = 60 * 60 * 1000;

/**
 * Forgets what its time has passed for: staged messages that a crash left, entries of removed mailboxes and
 * what was expunged beyond the retention, and messages that nothing refers to any longer. In small jobs of
 * the write queue between those of others; then packs what is old. Ends early, without harm, when the account is closed.
 */
export async function sweep(host: SweepHost): Promise<void> {
  const staleBefore = host.now() - stagingMs;
  for (;;) {
    const stale = await host.queue.submit(
      (tx) => (tx.statements.staleStaging.get(staleBefore) as [number] | undefined)?.[0],
    );
    if (stale === undefined) break;
    await discard(host, stale);
  }
  const before = host.now() - host.limits.vanishedRetentionMs;
  const pause = (): Promise<void> => sleep(pauseMs, undefined, { ref: false });
  while (await host.queue.submit((tx) => sweepMailbox(tx, before))) await pause();
  for (let mailbox: number | undefined = 0; mailbox !== undefined; await pause()) {
    const at: number = mailbox;
    mailbox = await host.queue.submit((tx) => sweepVanished(tx, before, at));
  }
  await host.queue.submit((tx) => cutLog(tx));
  await packOld(host);
}

/** Removes some entries of a mailbox that was removed before; whether there may be more. */
function sweepMailbox(tx: MailTransaction, before: number): boolean {
  const [mailbox] = (tx.statements.expiredMailbox.get(before) as [number] | undefined) ?? [];
  if (mailbox === undefined) return false;
  const rows = tx.statements.page.all(mailbox, 0, 0xffff_ffff, batchRows) as unknown as number[][];
  const first = rows[0]?.[0];
  const last = rows.at(-1)?.[0];
  if (first === undefined) {
    tx.statements.forgetKeywords.run(mailbox);
    tx.statements.forgetColumnFile.run(mailbox);
    return true;
  }
  tx.statements.removeRange.run(mailbox, first, last);
  removeUnused(
    tx,
    rows.map((row) => row[3]!),
  );
  return true;
}

/** Forgets some of the oldest that went from a mailbox, the first one from a number on; where to go on, if anywhere. */
function sweepVanished(tx: MailTransaction, before: number, from: number): number | undefined {
  const rows = tx.statements.expired.all(from, batchRows) as unknown as [
    mailbox: number,
    modSeq: number,
    uid: number,
    message: number,
    at: number,
  ][];
  const mailbox = rows[0]?.[0];
  if (mailbox === undefined) return undefined;
  const expired = rows.filter(([, , , , at]) => at < before);
  const last = expired.at(-1);
  if (last === undefined) return mailbox + 1;
  for (const [, modSeq, uid] of expired) tx.statements.forgetVanished.run(mailbox, modSeq, uid);
  tx.statements.setFloor.run(last[1]);
  removeUnused(
    tx,
    expired.map(([, , , message]) => message),
  );
  return expired.length === batchRows ? mailbox : mailbox + 1;
}

/** These messages are each referred to once less: removes those that nothing refers to any longer. */
function removeUnused(tx: MailTransaction, messages: readonly number[]): void {
  const { statements } = tx;
  for (const message of messages) {
    const [more] = (statements.shared.get(message) as [number] | undefined) ?? [];
    if (more !== undefined) {
      (more > 1 ? statements.unshare : statements.forgetShared).run(message);
      continue;
    }
    statements.removeMessage.run(message);
    statements.removeBodies.run(message * chunksMax, (message + 1) * chunksMax, chunksMax);
  }
}
