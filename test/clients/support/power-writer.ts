/**
 * Writes to a store at random: `power-writer.ts DIRECTORY SEED ROUNDS`. Says on standard output what the store has kept as soon
 * as it says so itself; the power-loss test reads its system calls and knows what was on the disk at that moment.
 */
import { writeSync } from 'node:fs';
import { defaultLimits } from '../../../src/base/limits.ts';
import { silent } from '../../../src/base/logger.ts';
import { flag } from '../../../src/model/flag.ts';
import { asUid, type MailboxId, type Uid } from '../../../src/model/ids.ts';
import { mailboxName } from '../../../src/model/mailbox-name.ts';
import { NumberSet } from '../../../src/model/number-set.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Account } from '../../../src/store/store.ts';
import { luckOf } from './luck.ts';
import { message } from './messages.ts';

const [directory = '', seed = '1', rounds = '1'] = process.argv.slice(2);
const luck = luckOf(Number(seed));
const say = (text: string): void => void writeSync(1, `${text}\n`);
const below = (end: number): number => Math.floor(luck() * end);

/** Messages that may still be changed: one operation at a time on each. */
const living: { uid: Uid; isFlagged: boolean }[] = [];
let next = 0;
let now = Date.now();

async function append(account: Account, inbox: MailboxId): Promise<void> {
  const n = next++;
  // One in twelve is large enough for a file of its own.
  const lines = n % 12 === 5 ? 5000 + below(6000) : 1 + below(60);
  const bytes = Buffer.from(message(n, lines));
  const parts = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  };
  await using staged = await account.stage(parts());
  const internalDate = { epochSeconds: 1_790_000_000, zoneMinutes: 0 };
  const { uids } = await account.append(inbox, [{ staged, flags: [], internalDate }]);
  const [uid] = uids;
  if (uid === undefined) throw new Error('an append without a UID');
  say(`appended ${uid} ${n} ${lines}`);
  living.push({ uid, isFlagged: false });
}

async function change(account: Account, inbox: MailboxId): Promise<void> {
  const [chosen] = living.splice(below(living.length), 1);
  if (chosen === undefined) return await append(account, inbox);
  const one = NumberSet.of([asUid(chosen.uid)]);
  if (!chosen.isFlagged || luck() < 0.5) {
    await account.flag(inbox, one, { mode: 'add', flags: [flag('\\Flagged')] });
    say(`flagged ${chosen.uid}`);
    living.push({ ...chosen, isFlagged: true });
    return;
  }
  await account.flag(inbox, one, { mode: 'add', flags: [flag('\\Deleted')] });
  say(`expunging ${chosen.uid}`);
  await account.expunge(inbox, one);
  say(`expunged ${chosen.uid}`);
}

async function create(account: Account): Promise<void> {
  const name = `made-${next++}`;
  await account.create(mailboxName(name));
  say(`created ${name}`);
}

for (let round = 0; round < Number(rounds); round++) {
  const clock = (): number => now;
  const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent, clock });
  const address = 'anna@example.org';
  const known = await store.directory.find(address);
  const { id } = known ?? (await store.directory.add({ address, passwordHash: 'none' }));
  say(`account ${id}`);
  const account = await store.open(id);
  const inbox = (await account.mailbox(mailboxName('INBOX')))?.id;
  if (inbox === undefined) throw new Error('no INBOX');
  for (let batch = 0; batch < 12; batch++) {
    const jobs = Array.from({ length: 1 + below(6) }, () => {
      const which = luck();
      if (which < 0.5) return append(account, inbox);
      return which < 0.95 ? change(account, inbox) : create(account);
    });
    await Promise.all(jobs);
  }
  await account[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  // Days go by: messages are packed, and what was expunged is forgotten.
  now += (round % 3 === 2 ? 31 : 4) * 24 * 60 * 60 * 1000;
  const later = await openSqliteStore({ directory, limits: defaultLimits, logger: silent, clock });
  // What tends accounts keeps no process alive.
  const alive = setInterval(() => undefined, 1000);
  await later.tend?.();
  clearInterval(alive);
  await later[Symbol.asyncDispose]();
}
