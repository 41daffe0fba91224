import type { ModSeq } from '../../model/ids.ts';
import { StoreError } from '../store-error.ts';
import { withCounters } from './counters.ts';
import { type Connection, openDatabase, openForReading, storeError, whenFree } from './database.ts';
import { forgetStatements, prepare } from './statement.ts';
import { FlagSets } from './flag-sets.ts';
import type { EngineOptions } from './mail-engine.ts';
import { MailboxReader } from './mailbox-reader.ts';
import { MailboxState } from './mailbox-state.ts';
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
  readonly reader: Connection;
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
  let reader: Connection | undefined;
  try {
    making?.prepare(sql.addAccount).run(options.account);
    reader = await openForReading(path, mailSchema);
    const wal = new WalFile(path);
    return await begin(options, {
      wal,
      reader,
      writer: new Writer(path, { wal, reader, connection: making }),
    });
  } catch (error) {
    reader?.close();
    making?.close();
    throw storeError(error);
  }
}

async function begin(
  { synced, quotaOfAll }: EngineOptions,
  { wal, reader, writer }: Pick<Opened, 'wal' | 'reader' | 'writer'>,
): Promise<Opened> {
  const flagSets = new FlagSets(writer.latest);
  const mailboxReader = new MailboxReader(writer.latest, flagSets);
  const read = await whenFree(() => readAccount(reader, flagSets, mailboxReader));
  read.state.quotaOfAll = quotaOfAll;
  // What was read once will hardly be read again.
  forgetStatements(reader);
  if (read.state.modSeq !== synced && !wal.isEmpty) await wal.sync();
  return { writer, reader, wal, flagSets, mailboxReader, ...read };
}

type Read = Pick<Opened, 'state' | 'unfolded'>;

/** What an account is: its rows, and what its log says beyond them. Throws what SQLite says, SQLITE_BUSY among it. */
function readAccount(reader: Connection, flagSets: FlagSets, mailboxReader: MailboxReader): Read {
  reader.exec('BEGIN');
  try {
    return readRows(reader, flagSets, mailboxReader);
  } finally {
    reader.exec('COMMIT');
  }
}

function readRows(reader: Connection, flagSets: FlagSets, mailboxReader: MailboxReader): Read {
  flagSets.refresh();
  const account = prepare(reader, sql.account).raw().get() as AccountRow | undefined;
  if (account === undefined) throw new StoreError('corrupt', `${reader.name} has no account`);
  const [folded, nextMessage, uidValidity, modSeq, rule] = account;
  const state = new MailboxState(modSeq);
  state.rule = rule;
  const unfolded = new Unfolded(folded, { nextMessage, uidValidity });
  const records = prepare(reader, sql.recordsSince).raw().all(folded) as LogRow[];
  const replay = new Replay(records);
  unfolded.begin(replay);
  const subscribed = mailboxReader.subscriptions();
  for (const row of mailboxReader.mailboxes(subscribed))
    state.put(withCounters(row, replay.mailboxes.get(row.key)?.counters));
  for (const name of subscribed) state.subscriptions.add(name);
  return { state, unfolded };
}
