import type { EntryName } from '../../model/metadata.ts';
import type { MarkRun } from './marks.ts';
import type { AccountCounters, MailboxEvent, NotedEntries, Step } from './step.ts';

/**
 * The log: one row for each write of an account, in the order of mod-sequences without a gap, and the only thing that
 * a change of flags writes. Rows of `entry`, the counters of `mailbox` and the clock of `account` follow later
 * (`fold.ts`). A record is JSON, all numbers but for names of metadata entries:
 *
 *   record  = [next-message, uidvalidity, names, mailbox, ...]
 *   names   = told, or [told, noted, ...] when metadata was set
 *   told    = 1 when mailboxes were made, renamed, subscribed or removed, else 0; -key when INBOX was renamed to that mailbox
 *   noted   = [key, entry, entry, ...] or [key, user, entry, ...], the key 0 for the account's own; entries begin with a slash
 *   mailbox = [key, uidnext, messages, unseen, deleted, size, deleted-size, added, gone, settled, flags, set, flags, set, ...]
 *   added   = how many of the UIDs just below uidnext are new
 *   gone    = set of the UIDs that were expunged
 *   settled = 1 when the entry rows have the flags that follow already, else 0
 *   flags   = the flag number that the messages of the set after it have from this write on
 *   set     = [gap, length, gap, length, ...], runs of UIDs: the gap leads from the end of the run before (at first from 0)
 */
type RawSet = readonly number[];
type RawMailbox = readonly [...Fixed, ...changed: readonly (number | RawSet)[]];
type Fixed = [
  key: number,
  uidNext: number,
  messages: number,
  unseen: number,
  deleted: number,
  size: number,
  deletedSize: number,
  added: number,
  gone: RawSet,
  settled: number,
];
type RawNoted = readonly [key: number, ...names: readonly string[]];
type RawRecord = readonly [
  nextMessage: number,
  uidValidity: number,
  names: number | readonly [told: number, ...noted: readonly RawNoted[]],
  ...mailboxes: readonly RawMailbox[],
];

/** What a write did to a mailbox, and its counters after it. */
export interface MailboxRecord {
  readonly key: number;
  readonly uidNext: number;
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly size: number;
  readonly deletedSize: number;
  readonly added: number;
  readonly gone: UidRuns;
  readonly settled: boolean;
  readonly changed: readonly (readonly [flags: number, uids: UidRuns])[];
}

export interface LogRecord extends AccountCounters {
  readonly names: boolean;
  /** The mailbox that INBOX was renamed to. */
  readonly inboxBecame: number | undefined;
  readonly noted: readonly NotedEntries[];
  readonly mailboxes: readonly MailboxRecord[];
}

/** A set of UIDs as a record has it. */
class UidRuns {
  readonly #runs: RawSet;

  constructor(runs: RawSet) {
    this.#runs = runs;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** These messages with the flags that they have from a write on. */
  marks(flags: number, modSeq: number): MarkRun[] {
    const marks: MarkRun[] = [];
    let last = 0;
    for (let at = 0; at < this.#runs.length; at += 2) {
      const first = last + this.#runs[at]!;
      last = first + this.#runs[at + 1]! - 1;
      marks.push([first, last, flags, modSeq]);
    }
    return marks;
  }

  *values(): Generator<number, void, undefined> {
    for (const [first, last] of this.marks(0, 0))
      for (let uid = first; uid <= last; uid++) yield uid;
  }
}

/** Collects ascending UIDs as runs. */
class RunWriter {
  readonly runs: number[] = [];
  #last = 0;

  add(first: number, last = first): void {
    const { runs } = this;
    const length = last - first + 1;
    if (runs.length > 0 && first === this.#last + 1) runs[runs.length - 1]! += length;
    else runs.push(first - this.#last, length);
    this.#last = last;
  }
}

/** The record of a write of ours. */
export function writeRecord(step: Step, { nextMessage, uidValidity }: AccountCounters): string {
  let names = step.removed.size > 0 || step.subscriptions.size > 0;
  const mailboxes: RawMailbox[] = [];
  for (const { key, changed, mailbox } of step.puts.values()) {
    names ||= changed === step.modSeq;
    if (mailbox.highestModSeq !== step.modSeq) continue;
    const event = step.events.find((candidate) => candidate.key === key);
    const gone = new RunWriter();
    for (const uid of event?.expunged ?? []) gone.add(uid);
    const { uidNext, messages, unseen, deleted, size, deletedSize } = mailbox;
    const added = event?.added.length ?? 0;
    const settled = event?.settled === true ? 1 : 0;
    mailboxes.push([
      key,
      uidNext,
      messages,
      unseen,
      deleted,
      size,
      deletedSize,
      added,
      gone.runs,
      settled,
      ...changedSets(event),
    ]);
  }
  const [became] = step.inboxBecame;
  const told = became === undefined ? Number(names) : -became;
  const record: RawRecord = [
    nextMessage,
    uidValidity,
    step.noted.length === 0 ? told : [told, ...step.noted.map(rawNoted)],
    ...mailboxes,
  ];
  return JSON.stringify(record);
}

function rawNoted({ key, user, entries }: NotedEntries): RawNoted {
  return user === '' ? [key, ...entries] : [key, user, ...entries];
}

function readNoted([key, ...names]: RawNoted): NotedEntries {
  const [first = ''] = names;
  const user = first.startsWith('/') ? '' : first;
  return { key, user, entries: (user === '' ? names : names.slice(1)) as EntryName[] };
}

function changedSets(event: MailboxEvent | undefined): (number | RawSet)[] {
  const sets = new Map<number, RunWriter>();
  const add = (first: number, last: number, flags: number): void => {
    let set = sets.get(flags);
    if (set === undefined) sets.set(flags, (set = new RunWriter()));
    set.add(first, last);
  };
  for (const [first, last, flags] of event?.changed ?? []) {
    if (typeof flags === 'number') add(first, last, flags);
    else
      for (let from = 0; from < flags.length;) {
        let to = from + 1;
        while (flags[to] === flags[from]) to++;
        add(first + from, first + to - 1, flags[from]!);
        from = to;
      }
  }
  const list: (number | RawSet)[] = [];
  for (const [flags, { runs }] of sets) list.push(flags, runs);
  return list;
}

const nothingNoted: readonly NotedEntries[] = [];

/** Whether a record may be about a mailbox; quick, and rarely wrong where it is not. */
export function mayTouch(text: string, key: number): boolean {
  return text.includes(`,[${key},`);
}

/** Reads a record; what is in the log was written by `writeRecord`. */
export function readRecord(text: string): LogRecord {
  const [nextMessage, uidValidity, told, ...mailboxes] = JSON.parse(text) as RawRecord;
  const isPlain = typeof told === 'number';
  const names = isPlain ? told : told[0];
  return {
    nextMessage,
    uidValidity,
    names: names !== 0,
    inboxBecame: names < 0 ? -names : undefined,
    noted: isPlain ? nothingNoted : (told.slice(1) as RawNoted[]).map(readNoted),
    mailboxes: mailboxes.map(readMailbox),
  };
}

function readMailbox(raw: RawMailbox): MailboxRecord {
  const [
    key,
    uidNext,
    messages,
    unseen,
    deleted,
    size,
    deletedSize,
    added,
    gone,
    settled,
    ...sets
  ] = raw;
  const changed: [number, UidRuns][] = [];
  for (let at = 0; at < sets.length; at += 2)
    changed.push([sets[at] as number, new UidRuns(sets[at + 1] as RawSet)]);
  return {
    key,
    uidNext,
    messages,
    unseen,
    deleted,
    size,
    deletedSize,
    added,
    gone: new UidRuns(gone),
    settled: settled === 1,
    changed,
  };
}
