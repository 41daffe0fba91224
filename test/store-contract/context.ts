import assert from 'node:assert/strict';
import type { Limits } from '../../src/base/limits.ts';
import { flag, type Flag } from '../../src/model/flag.ts';
import { asUid, type MailboxId, type Uid } from '../../src/model/ids.ts';
import { mailboxName } from '../../src/model/mailbox-name.ts';
import { NumberSet } from '../../src/model/number-set.ts';
import type { QuotaLimits } from '../../src/model/quota.ts';
import type { Change } from '../../src/store/change.ts';
import type {
  Account,
  Appended,
  Mailbox,
  MailboxView,
  StagedMessage,
  Store,
} from '../../src/store/store.ts';
import type { StoreErrorCode } from '../../src/store/store-error.ts';

/** What a store must give to be tested: a way to be opened, empty. */
export interface Contract {
  readonly name: string;
  open(options?: OpenOptions): Promise<Opened>;
}

export interface OpenOptions {
  readonly limits?: Partial<Limits>;
  /** What every account may have. */
  readonly quota?: QuotaLimits;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

export interface Opened extends AsyncDisposable {
  readonly store: Store;
  /** Closes the store and opens what it left behind; `store` is the new one. */
  reopen(): Promise<Store>;
}

/** Every UID. */
export const all: NumberSet<Uid> = NumberSet.ofRanges([
  { first: asUid(1), last: asUid(0xffff_ffff) },
]);

export const uids = (...numbers: number[]): NumberSet<Uid> => NumberSet.of(numbers.map(asUid));

export const name = mailboxName;

let addresses = 0;

/** A new account, open. */
export async function newAccount({ store }: Opened): Promise<Account> {
  const record = await store.directory.add({
    address: `user${++addresses}@example.org`,
    passwordHash: 'hash',
  });
  return await store.open(record.id);
}

/** The mailbox of this name; it must be there. */
export async function mailbox(account: Account, text: string): Promise<Mailbox> {
  const found = (await account.mailboxes()).find((candidate) => candidate.name === name(text));
  assert.ok(found, `there is a mailbox ${text}`);
  return found;
}

export async function* bytes(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks)
    yield typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk;
}

export function text(subject: string, extra = ''): string {
  return `From: a@example.org\r\nSubject: ${subject}\r\n${extra}\r\nbody of ${subject}\r\n`;
}

export const received = { epochSeconds: 1_700_000_000, zoneMinutes: -330 };

/** Messages by their subjects, all with the same flags. */
export interface Subjects {
  readonly subjects: readonly string[];
  readonly flags: readonly string[];
}

export const flagged = (subjects: readonly string[], ...flags: string[]): Subjects => ({
  subjects,
  flags,
});

/** Appends messages with these subjects. */
export async function append(
  account: Account,
  to: MailboxId,
  what: readonly string[] | Subjects,
): Promise<Appended> {
  const { subjects, flags } = 'subjects' in what ? what : flagged(what);
  const staged: StagedMessage[] = [];
  for (const subject of subjects) staged.push(await account.stage(bytes(text(subject))));
  return await account.append(
    to,
    staged.map((message) => ({ staged: message, flags: flags.map(flag), internalDate: received })),
  );
}

export async function rejects(promise: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  await assert.rejects(promise, { name: 'StoreError', code });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** All bytes of the message in a row. */
export async function read(account: Account, view: MailboxView, row: number): Promise<Buffer> {
  const content = await account.content(view.message(row));
  return Buffer.concat(await collect(content.read(0, content.size)));
}

/** What a view shows, without what only its store knows. */
export function rows(
  view: MailboxView,
): { uid: number; flags: readonly Flag[]; modSeq: number; size: number }[] {
  return Array.from({ length: view.count }, (_, row) => ({
    uid: view.uid(row),
    flags: view.flags(row).flags,
    modSeq: view.modSeq(row),
    size: view.size(row),
  }));
}

type Sums = Pick<Mailbox, 'messages' | 'unseen' | 'deleted' | 'size' | 'deletedSize'>;

/** What a mailbox's counters should be, counted from its rows. */
export function counted(view: MailboxView): Sums {
  const shown = rows(view);
  const bytes = (of: typeof shown): number => of.reduce((sum, { size }) => sum + size, 0);
  const deleted = shown.filter(({ flags }) => flags.includes(flag('\\Deleted')));
  return {
    messages: shown.length,
    unseen: shown.filter(({ flags }) => !flags.includes(flag('\\Seen'))).length,
    deleted: deleted.length,
    size: bytes(shown),
    deletedSize: bytes(deleted),
  };
}

export function counters({ messages, unseen, deleted, size, deletedSize }: Mailbox): Sums {
  return { messages, unseen, deleted, size, deletedSize };
}

export const kinds = (changes: readonly Change[]): string[] => changes.map(({ kind }) => kind);
