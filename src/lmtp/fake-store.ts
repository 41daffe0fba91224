import type { QuotaLimits } from '../model/quota.ts';
import type { AccountId, MailboxId, Uid } from '../model/ids.ts';
import type { Account, NewMessage, StagedMessage, Store } from '../store/store.ts';

export interface FakeAccount {
  readonly address: string;
  readonly aliases?: readonly string[];
  readonly folders?: readonly string[];
  /** Called with every chunk staged; may wait or throw. */
  readonly onChunk?: () => unknown;
  /** Called before an append is done; may wait or throw. */
  readonly onAppend?: () => unknown;
  /** What it may have; what is kept counts. */
  readonly quota?: QuotaLimits;
  /** Count bytes instead of keeping them. */
  readonly forget?: boolean;
}

export interface FakeStore {
  readonly store: Store;
  /** Messages by account address and mailbox name, `anna@x INBOX`. */
  readonly kept: ReadonlyMap<string, Buffer[]>;
  /** Bytes staged by account, also of those not kept. */
  readonly staged: ReadonlyMap<string, number>;
}

/** As much of a store as delivery uses, in memory, with failures on demand. */
export function fakeStore(accounts: readonly FakeAccount[]): FakeStore {
  const kept = new Map<string, Buffer[]>();
  const staged = new Map<string, number>();
  const find = async (address: string) => {
    const wanted = address.toLowerCase();
    if (wanted === 'broken@example.org') throw new Error('the directory is broken');
    const found = accounts.find((each) =>
      [each.address, ...(each.aliases ?? [])].some((name) => name.toLowerCase() === wanted),
    );
    if (found === undefined) return undefined;
    const id = found.address as AccountId;
    return { id, address: found.address, aliases: [], createdAt: new Date(0) };
  };
  const open = async (id: AccountId): Promise<Account> => {
    const account = accounts.find((each) => each.address === id);
    if (account === undefined) throw new Error('no such account');
    return fakeAccount(account, kept, staged);
  };
  const store = { directory: { find }, open, [Symbol.asyncDispose]: async () => undefined };
  return { store: store as unknown as Store, kept, staged };
}

function fakeAccount(
  fake: FakeAccount,
  kept: Map<string, Buffer[]>,
  staged: Map<string, number>,
): Account {
  const names = ['INBOX', ...(fake.folders ?? [])];
  const stage = async (content: AsyncIterable<Uint8Array>): Promise<StagedMessage> => {
    const parts: Uint8Array[] = [];
    for await (const part of content) {
      await fake.onChunk?.();
      staged.set(fake.address, (staged.get(fake.address) ?? 0) + part.length);
      if (fake.forget !== true) parts.push(Buffer.from(part));
    }
    const bytes = Buffer.concat(parts);
    const message = { bytes, size: bytes.length, [Symbol.asyncDispose]: async () => undefined };
    return message as unknown as StagedMessage;
  };
  const append = async (id: MailboxId, messages: readonly NewMessage[]) => {
    await fake.onAppend?.();
    const key = `${fake.address} ${id}`;
    const list = kept.get(key) ?? [];
    for (const message of messages) {
      list.push((message.staged as unknown as { bytes: Buffer }).bytes);
    }
    kept.set(key, list);
    return {
      modSeq: 1,
      uidValidity: 1,
      uids: messages.map((_, index) => (list.length + index) as Uid),
    };
  };
  const account = {
    id: fake.address,
    get quota() {
      const messages = names.flatMap((name) => kept.get(`${fake.address} ${name}`) ?? []);
      const storage = messages.reduce((sum, { length }) => sum + length, 0);
      const usage = { storage, messages: messages.length, mailboxes: names.length };
      return { usage, limits: fake.quota ?? {}, rule: {} };
    },
    mailboxes: async () => names.map((name) => ({ id: name, name, selectable: true })),
    stage,
    append,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return account as unknown as Account;
}
