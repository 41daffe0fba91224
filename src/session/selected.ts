import { assert } from '../base/assert.ts';
import {
  asSequenceNumber,
  asUid,
  type MailboxId,
  type ModSeq,
  type SequenceNumber,
  type Uid,
} from '../model/ids.ts';
import type { SelectedEvents } from '../model/notify.ts';
import { NumberSet, resolveSet, type SequenceSet } from '../model/number-set.ts';
import type { ResponseCode, Untagged } from '../model/response.ts';
import { flagRights, type Rights } from '../model/rights.ts';
import type { Delta, Entry } from '../store/change.ts';
import { goneOf } from '../store/gone.ts';
import type { Glance, Mailbox, MailboxView } from '../store/store.ts';
import { ChangeQueue } from './change-queue.ts';
import type { ExpungeRule } from './command.ts';
import { flagNews } from './flag-news.ts';
import { flagResponses } from './flag-responses.ts';
import { FreshMessages } from './fresh-messages.ts';
import { Numbering, type Located, type Run } from './numbering.ts';
import { RecentMessages } from './recent-messages.ts';
import { ownRights, type SelectedOptions } from './selected-options.ts';
import type { Extension } from './state.ts';
import { ToldModSeq } from './told-mod-seq.ts';

/**
 * A mailbox as one client sees it (RFC 9051 section 2.3.1.2): the shared view, and what makes this client's
 * numbering differ from it: messages it was not told of yet, and *ghosts*, messages that are gone but still
 * have a number here. It does no I/O: changes queue here and `announcements` gives out what is due.
 */
export class Selected implements AsyncDisposable {
  readonly id: MailboxId;
  readonly view: MailboxView;
  readonly readOnly: boolean;
  /** What NOTIFY asked for; undefined when it never did, and all is told. */
  events: SelectedEvents | undefined;
  /** Called, synchronously, when there may be something to announce: for IDLE and NOTIFY. */
  wake: (() => void) | undefined;
  /** The saved search result `$` (RFC 9051 section 6.4.4.1). */
  #saved: NumberSet<Uid> = NumberSet.empty;

  readonly #enabled: ReadonlySet<Extension>;
  readonly #limits: SelectedOptions['limits'];
  readonly #watching: Disposable;
  readonly #numbering: Numbering;
  readonly #told: ToldModSeq;
  #toldKeywords: number;
  /** Of FLAGS and PERMANENTFLAGS as they were told. */
  #toldRights: Rights;
  readonly #rights: (mailbox: Mailbox) => Rights;
  readonly #origin: object | undefined;
  readonly #fresh = new FreshMessages();
  readonly #changes: ChangeQueue;
  readonly #recent = new RecentMessages();

  /** Takes the view over: disposing this disposes it. Throws where the view and what was told do not fit together. */
  constructor(view: MailboxView, options: SelectedOptions) {
    const { readOnly, enabled, limits, events, origin, told, rights = ownRights } = options;
    this.#rights = rights;
    this.#toldRights = rights((told ?? view).mailbox);
    this.id = view.mailbox.id;
    this.view = view;
    this.readOnly = readOnly;
    this.#enabled = enabled;
    this.#limits = limits;
    this.events = events;
    this.#origin = origin;
    this.#changes = new ChangeQueue(limits.queuedChangesMax);
    this.#numbering = new Numbering(view, told?.mailbox.uidNext);
    const { highestModSeq, keywords } = (told ?? view).mailbox;
    this.#told = new ToldModSeq(highestModSeq);
    this.#toldKeywords = keywords.length;
    if (told === undefined)
      this.#recent.note(view, { from: 1, to: this.#numbering.toldUidNext - 1, readOnly });
    else this.#catchUp(told);
    this.#watching = view.watch((delta) => this.#onDelta(delta));
  }

  /** What happened between what was told and what the view has. */
  #catchUp(told: Glance): void {
    const { view } = this;
    const { toldUidNext, ghosts } = this.#numbering;
    const { highestModSeq, messages } = told.mailbox;
    this.#recent.add(told.firstRecentUid, toldUidNext - 1);
    if (view.mailbox.highestModSeq !== highestModSeq) {
      ghosts.add(goneOf(told.gone()));
      if (ghosts.count > 0) this.#told.hold(highestModSeq + 1);
      this.#changes.add(view.changedSince(highestModSeq), 'flags', toldUidNext);
    }
    assert(this.count === messages, `${messages} messages were told, there are ${this.count}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.wake = undefined;
    this.#watching[Symbol.dispose]();
    await this.view[Symbol.asyncDispose]();
  }

  /** What the user may do with the mailbox now. */
  get rights(): Rights {
    return this.#rights(this.view.mailbox);
  }

  /** How many messages the client knows of: its largest sequence number. */
  get count(): number {
    return this.#numbering.count;
  }

  /** How many of them are \Recent in this session (RFC 3501 section 2.3.2). */
  get recentCount(): number {
    return this.#recent.count(this.#numbering);
  }

  /** The mailbox was deleted, here or elsewhere; its messages are told as expunged. */
  get removed(): boolean {
    return this.#numbering.removed;
  }

  /** The mod-sequence up to which this client has been told everything (RFC 7162 section 6). */
  get highestModSeq(): ModSeq {
    return this.#told.everything;
  }

  /** The largest UID the client knows of, 0 in an empty mailbox: what `*` means among UIDs. */
  get largestUid(): Uid | 0 {
    return this.#numbering.largestUid;
  }

  /** All UIDs the client may know, as one range. */
  get all(): NumberSet<Uid> {
    const last = this.largestUid;
    return last === 0 ? NumberSet.empty : NumberSet.ofRanges([{ first: asUid(1), last }]);
  }

  /**
   * Give it as `origin` to writes that the client must not hear the flags of: STORE with .SILENT, and FETCH
   * that reports \Seen itself. With CONDSTORE their new mod-sequences are still told.
   */
  get silently(): object {
    // Any object of this session's own will do.
    return this.#changes;
  }

  get saved(): NumberSet<Uid> {
    return this.#saved;
  }

  /** Keeps a search result for `$`; expunges take their messages out of it. */
  save(uids: NumberSet<Uid>): void {
    this.#saved = uids;
  }

  /** The number of a message, or undefined when the client does not know of it. */
  sequence(uid: Uid): SequenceNumber | undefined {
    return this.#numbering.sequence(uid);
  }

  /** The UID that has this number, from 1 to `count`. */
  uid(sequence: number): Uid {
    return this.#numbering.uid(sequence);
  }

  /** The sequence numbers of those of these messages that the client knows. */
  numbers(uids: NumberSet<Uid>): NumberSet<SequenceNumber> {
    return this.#numbering.numbers(uids);
  }

  /**
   * Those of these messages that the client knows, ghosts too, ascending. May be suspended across
   * `await`s: messages that go meanwhile come as ghosts, numbers stay right as long as nothing is announced.
   */
  messages(uids: NumberSet<Uid>): Generator<Located, void, undefined> {
    return this.#numbering.messages(uids);
  }

  /** A message that is there and that the client knows. */
  located(uid: Uid): Located | undefined {
    return this.#numbering.located(uid);
  }

  /** As `messages`, but those that are there come together, so many at most; ghosts come alone. */
  runs(uids: NumberSet<Uid>, most: number): Generator<Run | Located, void, undefined> {
    return this.#numbering.runs(uids, most);
  }

  /** A message that was found before an `await`, as it is now. */
  again(message: Located): Located {
    return this.#numbering.again(message);
  }

  isRecent(uid: Uid): boolean {
    return this.#recent.has(uid);
  }

  /**
   * The messages a client named, as UID ranges that hold no message but those the client knows. UIDs that
   * do not exist are passed over (RFC 9051 section 6.4.9); a sequence number above `count`, and `*` in an empty
   * mailbox, is BAD (RFC 9051 section 9, note at seq-number).
   */
  resolve(set: SequenceSet, uid: boolean): NumberSet<Uid> {
    if (set.kind === 'saved') return this.#saved;
    return uid
      ? resolveSet<Uid>(set.ranges, this.largestUid).intersect(this.all)
      : this.#numbering.resolve(set.ranges);
  }

  /** Messages that are gone while the client still has numbers for them. */
  get ghosts(): NumberSet<Uid> {
    return NumberSet.of(this.#numbering.ghosts.uids());
  }

  /** Whether any of these messages is gone without the client knowing (RFC 5530 section 3, EXPUNGEISSUED). */
  hasGhosts(uids: NumberSet<Uid>): boolean {
    return this.#numbering.ghosts.meets(uids);
  }

  /** All that is known of a message; a value, good after `await` too. */
  entry(message: Located): Entry {
    return message.ghost ?? this.view.entry(message.row);
  }

  /** FETCH with FLAGS and, with CONDSTORE, UID and MODSEQ of those of these messages that are there. */
  flagsOf(uids: NumberSet<Uid>): Iterable<Untagged> {
    const changes = { flags: uids, modSeqs: NumberSet.empty };
    return flagNews(this, changes, { uidCommand: false, enabled: this.#enabled });
  }

  /** Whether new messages are sent when they are announced (RFC 5465 section 5.2). */
  get #sendsNew(): boolean {
    return (this.events?.messageNew?.length ?? 0) > 0;
  }

  /** The client is sent this mod-sequence of a message. */
  sendingModSeq(modSeq: ModSeq): void {
    this.#told.sending(modSeq);
  }

  /** Has the flags of these messages told at the end of the command, changed or not: for STORE without .SILENT. */
  mark(uids: NumberSet<Uid>): void {
    this.#changes.mark(uids);
  }

  /** As `reported`, of messages that follow each other. */
  reportedRun({ row, count }: Run): void {
    for (let at = row; at < row + count && !this.#changes.isEmpty; at++)
      this.reported(this.view.uid(at), this.view.modSeq(at));
  }

  /** The client has just been sent the flags of this message, with its mod-sequence when CONDSTORE is on. */
  reported(uid: Uid, modSeq: ModSeq): void {
    if (!this.#changes.has(uid)) return;
    const row = this.view.row(uid);
    if (row >= 0 && this.view.modSeq(row) === modSeq) this.#changes.forget(uid);
  }

  #onDelta(delta: Delta): void {
    const numbering = this.#numbering;
    const { ghosts, toldUidNext } = numbering;
    numbering.generation++;
    const before = ghosts.count;
    ghosts.add(delta.expunged, toldUidNext);
    // What may no longer be read is gone for this client (RFC 4314 section 5.1.1).
    const isGone = delta.removed || !this.rights.includes('r');
    if (isGone && !numbering.removed) numbering.removeAll();
    if (ghosts.count > before) this.#told.hold(delta.modSeq);
    const isOwn = delta.origin !== undefined && delta.origin === this.#origin;
    if (isOwn && this.#sendsNew) this.#fresh.addOwn(this.view, delta.added);
    this.#queue(delta);
    this.wake?.();
  }

  #queue({ changed, modSeqOnly, origin }: Delta): void {
    if (modSeqOnly !== undefined && this.#enabled.has('CONDSTORE'))
      this.#changes.add(modSeqOnly, 'modseq', this.#numbering.toldUidNext);
    const own = origin === this.silently;
    if (own && !this.#enabled.has('CONDSTORE')) return;
    this.#changes.add(changed, own ? 'modseq' : 'flags', this.#numbering.toldUidNext);
  }

  /** New messages that were announced and that the client wants to be sent something of; taken once. */
  takeFresh(): NumberSet<Uid> {
    return this.#fresh.take();
  }

  /**
   * What the client has to be told now, in the order that keeps its numbers right: EXPUNGE or VANISHED,
   * EXISTS, RECENT (these first where something was replaced), new keywords, flags. Taking a response from it counts as telling it. Take all of them; between
   * two the caller may wait. `uid` says that the command is a UID command.
   */
  announcements(expunges: ExpungeRule, uid = false): Iterable<Untagged> {
    return this.#hasNews(expunges) ? this.#news(expunges, uid) : [];
  }

  /** Mostly there is none, and every command asks. */
  #hasNews(expunges: ExpungeRule): boolean {
    const { view } = this;
    const numbering = this.#numbering;
    return (
      numbering.removed ||
      (expunges !== 'held back' && numbering.ghosts.count > 0) ||
      (view.count > 0 && view.uid(view.count - 1) >= numbering.toldUidNext) ||
      this.hasNewFlags() ||
      view.mailbox.highestModSeq !== this.#told.flags ||
      !this.#changes.isEmpty
    );
  }

  *#news(expunges: ExpungeRule, uid: boolean): Generator<Untagged, void, undefined> {
    const wanted = this.events === undefined || this.events.messageNew !== undefined;
    const mayExpunge = expunges === 'announced' ? wanted : expunges !== 'held back';
    const expunged = mayExpunge && this.#numbering.ghosts.count > 0;
    if (expunged && expunges !== 'replaced') yield* this.#expunges();
    const known = this.#numbering.toldUidNext;
    const largest =
      this.#numbering.removed || this.view.count === 0 ? 0 : this.view.uid(this.view.count - 1);
    if (wanted && largest >= known) {
      this.#numbering.toldUidNext = largest + 1;
      if (this.#sendsNew) this.#fresh.announced(known, largest);
      this.#recent.note(this.view, { from: known, to: largest, readOnly: this.readOnly });
      yield { kind: 'EXISTS', count: this.count };
      if (!this.#enabled.has('IMAP4rev2')) yield { kind: 'RECENT', count: this.recentCount };
    }
    if (expunged && expunges === 'replaced') yield* this.#expunges();
    if (this.events?.flagChange !== false && this.hasNewFlags()) yield* this.flagResponses();
    for (const one of this.#flags(known, uid)) {
      if (this.hasNewFlags()) yield* this.flagResponses();
      yield one;
    }
  }

  /** A HIGHESTMODSEQ that has to go out with this answer, so that the client hears of removals held back. */
  loweredModSeq(): ResponseCode | undefined {
    return this.#enabled.has('QRESYNC') ? this.#told.lowered() : undefined;
  }

  /** A HIGHESTMODSEQ that is good to tell: the client knows of all removals by now. */
  raisedModSeq(): ResponseCode | undefined {
    return this.#numbering.ghosts.count > 0 ? undefined : this.#told.raised();
  }

  *#expunges(): Generator<Untagged, void, undefined> {
    const ghosts = this.#numbering.ghosts.take();
    const uids = NumberSet.of(ghosts);
    this.#told.release(this.#enabled.has('QRESYNC'));
    this.#saved = this.#saved.subtract(uids);
    this.#recent.forget(uids);
    this.#numbering.generation++;
    if (this.#enabled.has('QRESYNC') || this.#enabled.has('UIDONLY')) {
      yield { kind: 'VANISHED', earlier: false, uids };
      return;
    }
    // From the highest number down, each is right whatever was told before.
    for (let left = ghosts.length - 1; left >= 0; left--) {
      const before = this.#numbering.before(ghosts[left]!) + left;
      yield { kind: 'EXPUNGE', sequence: asSequenceNumber(before + 1) };
    }
  }

  /** Whether FLAGS and PERMANENTFLAGS say something else than was told (RFC 4314 section 5.1.1). */
  hasNewFlags(): boolean {
    const { rights, view } = this;
    if (view.mailbox.keywords.length !== this.#toldKeywords) return true;
    if (rights === this.#toldRights) return false;
    if (!this.readOnly && flagRights(rights) !== flagRights(this.#toldRights)) return true;
    this.#toldRights = rights;
    return false;
  }

  /** FLAGS and PERMANENTFLAGS, as SELECT begins with them. */
  flagResponses(): readonly Untagged[] {
    const { keywords } = this.view.mailbox;
    const { rights, readOnly } = this;
    this.#toldKeywords = keywords.length;
    this.#toldRights = rights;
    const full = keywords.length >= this.#limits.keywordsMax;
    return flagResponses(keywords, { readOnly, full, rights });
  }

  /** FETCH of what is new of messages below a UID. */
  #flags(known: number, uid: boolean): Iterable<Untagged> {
    const { view } = this;
    const all = this.events?.flagChange !== false;
    const changes = all
      ? this.#changes.take(() => this.#changedSinceTold(known))
      : this.#changes.takeMarked();
    if (all && !this.#numbering.removed) this.#told.flags = view.mailbox.highestModSeq;
    const notified = this.events !== undefined;
    return flagNews(this, changes, { uidCommand: uid, enabled: this.#enabled, notified });
  }

  #changedSinceTold(known: number): NumberSet<Uid> {
    if (this.#numbering.removed || known === 1) return NumberSet.empty;
    const told = NumberSet.ofRanges([{ first: asUid(1), last: asUid(known - 1) }]);
    return this.view.changedSince(this.#told.flags).intersect(told);
  }
}
