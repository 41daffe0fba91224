import { deleted, seen, type Flag } from '../../src/model/flag.ts';
import {
  asMailboxId,
  asUid,
  asUidValidity,
  type MailboxId,
  type ModSeq,
  type Uid,
} from '../../src/model/ids.ts';
import type { MailboxName } from '../../src/model/mailbox-name.ts';
import { NumberSet } from '../../src/model/number-set.ts';
import type { Delta, Entry } from '../../src/store/change.ts';
import { nothingGone } from '../../src/store/gone.ts';
import type { Glance, Mailbox, MailboxView } from '../../src/store/store.ts';

/** A mailbox of an account in memory (`memory-account.ts`). */
export class MemoryMailbox {
  readonly id: MailboxId;
  name: MailboxName;
  selectable = true;
  specialUse: Mailbox['specialUse'];
  readonly uidValidity: Mailbox['uidValidity'];
  entries: Entry[] = [];
  uidNext = asUid(1);
  highestModSeq: ModSeq;
  firstRecentUid = asUid(1);
  readonly keywords: Flag[] = [];
  readonly vanished: { readonly uid: Uid; readonly modSeq: ModSeq; readonly entry: Entry }[] = [];
  readonly listeners = new Set<(delta: Delta) => void>();
  #facts: Mailbox | undefined;

  constructor(name: MailboxName, modSeq: ModSeq) {
    this.id = asMailboxId(`M${modSeq}`);
    this.name = name;
    this.uidValidity = asUidValidity(modSeq + 1000);
    this.highestModSeq = modSeq;
  }

  facts(subscribed: boolean): Mailbox {
    const { entries } = this;
    return {
      id: this.id,
      name: this.name,
      selectable: this.selectable,
      subscribed,
      specialUse: this.specialUse,
      uidValidity: this.uidValidity,
      uidNext: this.uidNext,
      highestModSeq: this.highestModSeq,
      messages: entries.length,
      unseen: entries.filter(({ flags }) => !flags.has(seen)).length,
      deleted: entries.filter(({ flags }) => flags.has(deleted)).length,
      size: entries.reduce((sum, { size }) => sum + size, 0),
      deletedSize: entries.reduce(
        (sum, { size, flags }) => sum + (flags.has(deleted) ? size : 0),
        0,
      ),
      firstRecentUid: this.firstRecentUid,
      keywords: [...this.keywords],
    };
  }

  view(): MailboxView {
    const at = (row: number): Entry => {
      const entry = this.entries[row];
      if (entry === undefined) throw new Error(`no row ${row}`);
      return entry;
    };
    const rowFrom = (uid: number): number => {
      let low = 0;
      let high = this.entries.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (at(middle).uid < uid) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    const mailbox = (): Mailbox => (this.#facts ??= this.facts(false));
    const count = (): number => this.entries.length;
    const firstUnseen = (): number => this.entries.findIndex(({ flags }) => !flags.has(seen));
    return {
      get mailbox() {
        return mailbox();
      },
      get count() {
        return count();
      },
      get firstUnseenRow() {
        return firstUnseen();
      },
      uid: (row) => at(row).uid,
      flags: (row) => at(row).flags,
      modSeq: (row) => at(row).modSeq,
      message: (row) => at(row).message,
      size: (row) => at(row).size,
      internalDate: (row) => at(row).internalDate,
      saveDate: (row) => at(row).saveDate,
      entry: (row) => at(row),
      row: (uid) => {
        const row = rowFrom(uid);
        return this.entries[row]?.uid === uid ? row : -1;
      },
      rowFrom,
      changedSince: (modSeq) =>
        NumberSet.of(this.entries.filter((entry) => entry.modSeq > modSeq).map(({ uid }) => uid)),
      vanishedSince: (modSeq) =>
        Promise.resolve(
          NumberSet.of(this.vanished.filter((v) => v.modSeq > modSeq).map(({ uid }) => uid)),
        ),
      takeRecent: () => {
        const first = this.firstRecentUid;
        this.firstRecentUid = this.uidNext;
        this.#facts = undefined;
        return first;
      },
      watch: (listener) => {
        this.listeners.add(listener);
        return { [Symbol.dispose]: () => void this.listeners.delete(listener) };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  /** What is there now, for those who open the view later. */
  glance(): Glance {
    const mailbox = this.facts(false);
    const { messages, highestModSeq, firstRecentUid, uidNext } = mailbox;
    const recent = messages - this.view().rowFrom(firstRecentUid);
    this.firstRecentUid = uidNext;
    this.#facts = undefined;
    return {
      mailbox,
      firstRecentUid,
      recent,
      firstUnseen: this.view().firstUnseenRow + 1,
      view: () => Promise.resolve(this.view()),
      gone: () =>
        this.vanished
          .filter(({ uid, modSeq }) => modSeq > highestModSeq && uid < uidNext)
          .map(({ entry }) => entry)
          .sort((a, b) => a.uid - b.uid),
    };
  }

  tell(delta: Partial<Delta> & Pick<Delta, 'modSeq'>): void {
    this.#facts = undefined;
    const whole = {
      origin: undefined,
      added: 0,
      changed: NumberSet.empty,
      expunged: nothingGone,
      removed: false,
      ...delta,
    };
    for (const listener of this.listeners) listener(whole);
  }
}
