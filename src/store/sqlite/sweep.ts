import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../../base/limits.ts';
import { chunksMax } from './chunks.ts';
import { cutLog } from './fold.ts';
import type { BodyFiles } from './body-file.ts';
import { whenFree } from './database.ts';
import { forgetFile, packOld } from './packing.ts';
import type { Reader } from './reader.ts';
import { discard, discardFile } from './staged.ts';
import type { Connected } from './statement.ts';
import { sql } from './statements.ts';
import type { MailTransaction } from './transaction.ts';
import type { WriteQueue } from './write-queue.ts';
import type { Writer } from './writer.ts';

interface SweepHost {
  readonly queue: WriteQueue<MailTransaction>;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly limits: Limits;
  readonly bodies: BodyFiles;
  now(): number;
}

/** What one job of the sweep removes at most, and the pause before the next one. */
const batchRows = 100;
const pauseMs = 20;
/** A staged message that no chunk has come to for so long is nobody's: no client may be silent so long. */
const stagingMs = 60 * 60 * 1000;
/** A log of so many rows may have more than it keeps; shorter ones are cut as they grow. */
const logRows = 200;

const dueSql = `SELECT EXISTS (${sql.staleStaging})
  OR EXISTS (${sql.expiredMailbox})
  OR EXISTS (SELECT 1 FROM mailbox
    WHERE (SELECT at FROM vanished WHERE mailbox = mailbox.id ORDER BY modseq, uid LIMIT 1) < ?)
  OR (SELECT max(modseq) FROM log) - (SELECT min(modseq) FROM log) >= ${logRows}
  OR NOT (SELECT at > ? AND at <= ? FROM packing)`;

/**
 * Forgets what its time has passed for: staged messages that a crash left, entries of removed mailboxes and
 * what was expunged beyond the retention, and messages that nothing refers to any longer. In small jobs of
 * the write queue between those of others; then packs what is old. Ends early, without harm, when the account is closed.
 */
export async function sweep(host: SweepHost): Promise<void> {
  const staleBefore = host.now() - stagingMs;
  await sweepFiles(host, staleBefore);
  if (!(await isDue(host, staleBefore))) return;
  for (;;) {
    const stale = await host.queue.submit(
      (tx) => (tx.statements.staleStaging.get(staleBefore) as [number] | undefined)?.[0],
    );
    if (stale === undefined) break;
    await discard(host, stale);
  }
  const before = host.now() - host.limits.vanishedRetentionMs;
  const pause = (): Promise<void> => sleep(pauseMs, undefined, { ref: false });
  while (await host.queue.submit((tx) => sweepMailbox(tx, host, before))) await pause();
  for (let mailbox: number | undefined = 0; mailbox !== undefined; await pause()) {
    const at: number = mailbox;
    mailbox = await host.queue.submit((tx) => sweepVanished(tx, host, { before, from: at }));
  }
  await host.queue.submit((tx) => cutLog(tx));
  await packOld(host);
}

/** Whether there is something to do. An account that nobody writes to is only looked at, and stays as it is. */
async function isDue(host: SweepHost, staleBefore: number): Promise<boolean> {
  const { limits, reader, writer } = host;
  const [now, before] = [host.now(), host.now() - limits.vanishedRetentionMs];
  const values = [staleBefore, before, before, now - limits.packAfterMs, now];
  const ask = ({ connection }: Connected): boolean => {
    const statement = connection.prepare(dueSql);
    statement.pluck();
    return statement.get(...values) !== 0;
  };
  if (writer.isOpen) return await host.queue.submit(() => ask(writer));
  return await whenFree(() => reader.atOnce(() => ask(reader)));
}

/**
 * Removes files of large messages that no row names, and that nobody has written or touched for as long as a staged
 * message may wait. That a row does not name them any longer must be durable first: after a power loss it would again.
 */
async function sweepFiles(host: SweepHost, staleBefore: number): Promise<void> {
  const { queue, bodies } = host;
  const { names, gone } = await bodies.list();
  for (const name of gone) await bodies.remove(name);
  if (names.length === 0) return;
  const named = new Set(
    (await queue.submit((tx) => tx.statements.files.all() as unknown as [string][])).flat(),
  );
  const stale: string[] = [];
  for (const name of names)
    if (!named.has(name) && (await bodies.changedAt(name)) < staleBefore) stale.push(name);
  if (stale.length === 0) return;
  await queue.settle();
  for (const name of stale) await discardFile(host, name);
}

/** Removes some entries of a mailbox that was removed before; whether there may be more. */
function sweepMailbox(tx: MailTransaction, host: SweepHost, before: number): boolean {
  const [mailbox] = (tx.statements.expiredMailbox.get(before) as [number] | undefined) ?? [];
  if (mailbox === undefined) return false;
  const rows = tx.statements.page.all(mailbox, 0, 0xffff_ffff, batchRows) as unknown as number[][];
  const first = rows[0]?.[0];
  const last = rows.at(-1)?.[0];
  if (first === undefined) {
    tx.statements.forgetKeywords.run(mailbox);
    tx.statements.forgetSeen.run(mailbox, mailbox, 0, 0xffff_ffff);
    tx.statements.forgetGuests.run(mailbox);
    tx.statements.forgetColumnFile.run(mailbox);
    return true;
  }
  tx.statements.forgetSeen.run(mailbox, mailbox, first, last);
  tx.statements.removeRange.run(mailbox, first, last);
  removeUnused(
    tx,
    host,
    rows.map((row) => row[3]!),
  );
  return true;
}

/** Forgets some of the oldest that went from a mailbox, the first one from a number on; where to go on, if anywhere. */
function sweepVanished(
  tx: MailTransaction,
  host: SweepHost,
  { before, from }: { readonly before: number; readonly from: number },
): number | undefined {
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
    host,
    expired.map(([, , , message]) => message),
  );
  return expired.length === batchRows ? mailbox : mailbox + 1;
}

/** These messages are each referred to once less: removes those that nothing refers to any longer. */
function removeUnused(tx: MailTransaction, host: SweepHost, messages: readonly number[]): void {
  const { statements } = tx;
  for (const message of messages) {
    const [more] = (statements.shared.get(message) as [number] | undefined) ?? [];
    if (more !== undefined) {
      (more > 1 ? statements.unshare : statements.forgetShared).run(message);
      continue;
    }
    statements.removeMessage.run(message);
    statements.removeBodies.run(message * chunksMax, (message + 1) * chunksMax, chunksMax);
    forgetFile(tx, host, message);
  }
}
