import type { Limits } from '../base/limits.ts';
import { utc } from '../model/date-time.ts';
import type { AccountId, MailboxId, Uid } from '../model/ids.ts';
import { withinRoom } from '../store/room.ts';
import { StoreError } from '../store/store-error.ts';
import type { Account, StagedMessage, Store } from '../store/store.ts';
import { mailboxFor, type Recipient } from './recipient.ts';
import { tee } from './tee.ts';

/** Where a message went. */
export interface Delivered {
  readonly account: AccountId;
  readonly mailbox: MailboxId;
  readonly uid: Uid;
  /** Bytes, with the trace lines. */
  readonly size: number;
}

export interface Delivery {
  readonly store: Store;
  readonly limits: Limits;
  readonly recipients: readonly Recipient[];
  /** What is put on top of this recipient's copy. */
  readonly trace: (recipient: Recipient) => Uint8Array;
  /** The message as it arrives; never broken off by us. */
  readonly body: AsyncIterator<Uint8Array>;
  /** Of the body; beyond it every delivery fails with `message-too-large`. */
  readonly bytesMax: number;
}

/** Messages up to this size are held whole, so that a slow sender costs the store nothing. */
const heldBytesMax = 1024 * 1024;
/** Deliveries of a held message that run at once. */
const parallelMax = 32;

/**
 * Delivers one message to every recipient, each a copy of its own. The body is read to its end, or
 * to where it breaks the limit or nobody is left to take it; `read` says when. `outcomes` are in the
 * recipients' order and resolve once the copy is durable or reject with why it is not; one that fails
 * leaves the others alone.
 */
export function deliver(delivery: Delivery): {
  readonly outcomes: readonly Promise<Delivered>[];
  readonly read: Promise<void>;
} {
  const resolvers = delivery.recipients.map(() => Promise.withResolvers<Delivered>());
  const outcomes = resolvers.map(({ promise }) => promise);
  // Whoever asks later still gets the rejection; until then it is not "unhandled".
  for (const outcome of outcomes) outcome.catch(() => undefined);
  const read = run(delivery, resolvers).catch((error: unknown) => {
    for (const { reject } of resolvers) reject(error);
    throw error;
  });
  read.catch(() => undefined);
  return { outcomes, read };
}

type Resolvers = readonly PromiseWithResolvers<Delivered>[];

async function run(delivery: Delivery, resolvers: Resolvers): Promise<void> {
  const source = limited(delivery.body, delivery.bytesMax);
  const held: Uint8Array[] = [];
  let size = 0;
  while (size <= heldBytesMax) {
    const item = await source.next();
    if (item.done === true) {
      deliverHeld(delivery, held, resolvers);
      return;
    }
    held.push(item.value);
    size += item.value.length;
  }
  await deliverStream(delivery, resumed(held, source), resolvers);
}

/** Begins all deliveries; what becomes of them is the outcomes' to say. */
function deliverHeld(delivery: Delivery, held: readonly Uint8Array[], resolvers: Resolvers): void {
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const index = next;
      next += 1;
      const recipient = delivery.recipients[index];
      if (recipient === undefined) return;
      const content = resumed([delivery.trace(recipient), ...held], undefined);
      const outcome = deliverOne(delivery, recipient, content);
      await outcome.then(resolvers[index]?.resolve, resolvers[index]?.reject);
    }
  };
  for (let worker = 0; worker < parallelMax; worker += 1) void work();
}

async function deliverStream(
  delivery: Delivery,
  body: AsyncIterable<Uint8Array>,
  resolvers: Resolvers,
): Promise<void> {
  const { recipients, limits } = delivery;
  const { branches, run: move } = tee(body, recipients.length, {
    stallTimeMs: limits.lmtpIdleTimeMs,
  });
  for (const [index, branch] of branches.entries()) {
    const recipient = recipients[index];
    if (recipient === undefined) continue;
    const content = resumed([delivery.trace(recipient)], branch[Symbol.asyncIterator]());
    const outcome = deliverOne(delivery, recipient, content).finally(() => branch.drop());
    void outcome.then(resolvers[index]?.resolve, resolvers[index]?.reject);
  }
  await move();
}

async function deliverOne(
  delivery: Delivery,
  recipient: Recipient,
  content: AsyncIterable<Uint8Array>,
): Promise<Delivered> {
  await using account = await delivery.store.open(recipient.account.id, { toWrite: true });
  await using staged = await account.stage(withinRoom(account, content));
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new StoreError('unavailable', 'the store took too long')),
    delivery.limits.commandTimeMs,
  );
  try {
    return await append(account, recipient, { staged, signal: deadline.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function append(
  account: Account,
  recipient: Recipient,
  { staged, signal }: { readonly staged: StagedMessage; readonly signal: AbortSignal },
): Promise<Delivered> {
  const message = { staged, flags: [], internalDate: utc(Date.now()) };
  const into = async (folder: string | undefined): Promise<Delivered> => {
    const { id } = await mailboxFor(account, folder);
    const { uids } = await account.append(id, [message], { signal });
    const uid = uids[0];
    if (uid === undefined) throw new Error('the store gave no UID');
    return { account: account.id, mailbox: id, uid, size: staged.size };
  };
  try {
    return await into(recipient.folder);
  } catch (error) {
    // The folder may have been removed since its name was looked up.
    const gone = error instanceof StoreError && error.code === 'mailbox-not-found';
    if (!gone || recipient.folder === undefined) throw error;
    return await into(undefined);
  }
}

async function* limited(
  body: AsyncIterator<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Uint8Array, void, void> {
  let size = 0;
  for (;;) {
    const item = await body.next();
    if (item.done === true) return;
    size += item.value.length;
    if (size > bytesMax) throw new StoreError('message-too-large', `more than ${bytesMax} bytes`);
    yield item.value;
  }
}

/** What is at hand, then the rest. */
async function* resumed(
  held: Uint8Array[],
  rest: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  yield* held;
  held.length = 0;
  if (rest === undefined) return;
  try {
    for (;;) {
      const item = await rest.next();
      if (item.done === true) return;
      yield item.value;
    }
  } finally {
    await rest.return?.();
  }
}
