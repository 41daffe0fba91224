import type { ModSeq } from '../../model/ids.ts';
import { StoreError } from '../store-error.ts';
import { withCounters } from './counters.ts';
import { openDatabase, storeError, versionOf, whenFree } from './database.ts';
import { type Connected, prepare } from './statement.ts';
import { FlagSets } from './flag-sets.ts';
import type { EngineOptions } from './mail-engine.ts';
import { MailboxReader } from './mailbox-reader.ts';
import { MailboxState } from './mailbox-state.ts';
import { Reader } from './reader.ts';
import type { RuleText } from './account-quota.ts';
import { mailSchema } from './schema.ts';
import { sql } from './statements.ts';
import { type LogRow, Replay, Unfolded } from './unfolded.ts';
import { WalFile } from './wal-file.ts';
import { Writer } from './writer.ts';

/** A row of `account`, and the clock. */
export type AccountRow = readonly [
  folded: number,
  nextMessage: number,
  uidValidity: number,
  modSeq: ModSeq,
  rule: RuleText,
];

/** An account just opened. */
export interface Opened {
  readonly writer: Writer;
  readonly reader: Reader;
  readonly wal: WalFile;
  readonly flagSets: FlagSets;
  readonly mailboxReader: MailboxReader;
  readonly state: MailboxState;
  readonly unfolded: Unfolded;
}

/** Opens `mail.db`; what its WAL holds is synced before any of it is shown. */
export async function openAccount(options: EngineOptions): Promise<Opened> {
  const { path } = options;
  if (options.distrusted && !(await options.checkpointer.run(path, 'restart'))) {
    throw new StoreError('unavailable', 'the account cannot be brought to the disk');
  }
  const making = options.isNew ? await openDatabase(path, mailSchema) : undefined;
  const mayBeSealed = making === undefined && !options.distrusted && options.mayBeSealed;
  const reader = new Reader(path, { mayBeSealed, isWanted: !options.toWrite });
  const wal = new WalFile(path);
  const writer = new Writer(path, { wal, reader, connection: making });
  try {
    making?.prepare(sql.addAccount).run(options.account);
    // There is nothing to pack for a while.
    making?.prepare(sql.setPackingMark).run(0, 0, options.now());
    return await begin(options, { wal, reader, writer });
  } catch (error) {
    reader.close();
    writer.close();
    throw storeError(error);
  }
}

async function begin(
  { path, synced, quotaOfAll, toWrite }: EngineOptions,
  { wal, reader, writer }: Pick<Opened, 'wal' | 'reader' | 'writer'>,
): Promise<Opened> {
  const flagSets = new FlagSets(writer.latest);
  const mailboxReader = new MailboxReader(writer.latest, flagSets);
  const through = toWrite ? writer : reader;
  const rows = (): Read => readRows({ path, through }, flagSets, mailboxReader);
  const looked = reader.look(() => {
    if (versionOf(reader, mailSchema) < mailSchema.migrations.length)
      throw new Error('it is of an older version');
    return rows();
  });
  if (looked === undefined) await through.begin();
  const read = looked?.found ?? (await whenFree(() => through.atOnce(rows)));
  read.state.quotaOfAll = quotaOfAll;
  // What was read once will hardly be read again.
  through.forgetStatements();
  if (looked === undefined && read.state.modSeq !== synced && !wal.isEmpty) await wal.sync();
  return { writer, reader, wal, flagSets, mailboxReader, ...read };
}

type Read = Pick<Opened, 'state' | 'unfolded'>;

/** What an account is: its rows, and what its log says beyond them. Throws what SQLite says, SQLITE_BUSY among it. */
function readRows(
  { path, through }: { readonly path: string; readonly through: Connected },
  flagSets: FlagSets,
  mailboxReader: MailboxReader,
): Read {
  flagSets.refresh();
  const account = prepare(through, sql.account).raw().get() as AccountRow | undefined;
  if (account === undefined) throw new StoreError('corrupt', `${path} has no account`);
  const [folded, nextMessage, uidValidity, modSeq, rule] = account;
  const state = new MailboxState(modSeq);
  state.rule = rule;
  const unfolded = new Unfolded(folded, { nextMessage, uidValidity });
  const records = prepare(through, sql.recordsSince).raw().all(folded) as LogRow[];
  const replay = new Replay(records);
  unfolded.begin(replay);
  const subscribed = mailboxReader.subscriptions();
  for (const row of mailboxReader.all(subscribed))
    state.put(withCounters(row, replay.mailboxes.get(row.key)?.counters));
  for (const name of subscribed) state.subscriptions.add(name);
  return { state, unfolded };
}
