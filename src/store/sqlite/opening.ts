import type { ModSeq } from '../../model/ids.ts';
import { StoreError } from '../store-error.ts';
import { withCounters } from './counters.ts';
import type { Connection } from './database.ts';
import { prepare } from './statement.ts';
import type { MailboxReader } from './mailbox-reader.ts';
import { MailboxState } from './mailbox-state.ts';
import { sql } from './statements.ts';
import { type LogRow, Replay, Unfolded } from './unfolded.ts';

type AccountRow = readonly [
  folded: number,
  nextMessage: number,
  uidValidity: number,
  modSeq: ModSeq,
];

/** What an account is at its opening: its rows, and what its log says beyond them. In a transaction. */
export function readAccount(
  writer: Connection,
  mailboxReader: MailboxReader,
): { readonly state: MailboxState; readonly unfolded: Unfolded } {
  const account = prepare(writer, sql.account).raw().get() as AccountRow | undefined;
  if (account === undefined) throw new StoreError('corrupt', `${writer.name} has no account`);
  const [folded, nextMessage, uidValidity, modSeq] = account;
  const state = new MailboxState(modSeq);
  const unfolded = new Unfolded(folded, { nextMessage, uidValidity });
  const records = prepare(writer, sql.recordsSince).raw().all(folded) as LogRow[];
  const replay = new Replay(records);
  unfolded.begin(replay);
  const subscribed = mailboxReader.subscriptions();
  for (const row of mailboxReader.mailboxes(subscribed))
    state.put(withCounters(row, replay.mailboxes.get(row.key)?.counters));
  for (const name of subscribed) state.subscriptions.add(name);
  return { state, unfolded };
}
