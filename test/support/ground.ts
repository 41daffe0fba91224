/** A mailbox for several sessions to meet on: the model one or a real one, with the truth beside it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../../src/base/limits.ts';
import { silent } from '../../src/base/logger.ts';
import type { Flag } from '../../src/model/flag.ts';
import type { MailboxId } from '../../src/model/ids.ts';
import { inbox, mailboxName } from '../../src/model/mailbox-name.ts';
import type { Entry } from '../../src/store/change.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Account, Glance, MailboxView } from '../../src/store/store.ts';
import { MemoryAccount } from './memory-account.ts';

export interface Ground {
  readonly account: Account;
  /** Where the sessions are. */
  readonly inbox: MailboxId;
  readonly elsewhere: MailboxId;
  /** What is in INBOX now. */
  entries(): readonly Entry[];
  /** A view of INBOX. */
  view(): Promise<MailboxView>;
  /** INBOX without its view, where the view is not at hand. */
  glance(): Glance | undefined;
  /** Brings new messages into INBOX. */
  put(flags: readonly Flag[], count: number): Promise<void>;
}

export function memoryGround(): Ground {
  const memory = new MemoryAccount(['INBOX', 'Elsewhere']);
  const mailbox = memory.named('INBOX');
  return {
    account: memory.asAccount(),
    inbox: mailbox.id,
    elsewhere: memory.named('Elsewhere').id,
    entries: () => mailbox.entries,
    view: () => Promise.resolve(mailbox.view()),
    glance: () => mailbox.glance(),
    put: (flags, count) => {
      memory.put('INBOX', flags, count);
      return Promise.resolve();
    },
  };
}

export async function sqliteGround(): Promise<Ground & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'restante-ground-'));
  const store = await openSqliteStore({
    directory,
    limits: defaultLimits,
    logger: silent,
    sync: 'relaxed',
  });
  const user = await store.directory.add({ address: 'a@example.org', passwordHash: '' });
  const account = await store.open(user.id);
  const mailboxes = await account.mailboxes();
  const main = mailboxes.find(({ name }) => name === inbox);
  if (main === undefined) throw new Error('a new account has INBOX');
  const elsewhere = await account.create(mailboxName('Elsewhere'));
  const judge = await account.view(main.id);
  return {
    account,
    inbox: main.id,
    elsewhere: elsewhere.id,
    entries: () => Array.from({ length: judge.count }, (_, row) => judge.entry(row)),
    view: () => account.view(main.id),
    glance: () => account.glance?.(main.id, { readOnly: false, numbers: true }),
    put: async (flags, count) => {
      const messages = [];
      for (let i = 0; i < count; i++) {
        const staged = await account.stage(text());
        messages.push({ staged, flags, internalDate: { epochSeconds: 0, zoneMinutes: 0 } });
      }
      await account.append(main.id, messages);
    },
    [Symbol.asyncDispose]: async () => {
      await judge[Symbol.asyncDispose]();
      await account[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}

async function* text(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Subject: x\r\n\r\nx\r\n');
}
