import type { AccountId } from '../../model/ids.ts';
import {
  tallies,
  type Conclusion,
  type Counts,
  type Notice,
  type Report,
  type TallyName,
} from './messages.ts';

type Send = (message: Notice | Conclusion) => void;

interface Member {
  readonly send: Send;
  readonly accounts: Set<AccountId>;
  readonly counts: Readonly<Record<TallyName, Map<string, number>>>;
}

/**
 * Where workers hear of each other: passes on what concerns whom, and adds up what they count. A write is told only to
 * those who have its account open, and its writer is told whether there is anybody, so that most writes are told to nobody.
 */
export class Exchange {
  readonly #members = new Map<number, Member>();
  readonly #open = new Map<AccountId, Set<Member>>();

  /** A worker begins. It has no account open and counts nothing. */
  join(id: number, send: Send): void {
    const counts = { byAccount: new Map(), byAddress: new Map(), byService: new Map() };
    const member: Member = { send, accounts: new Set(), counts };
    this.#members.set(id, member);
    for (const tally of tallies) {
      const names = new Set(
        [...this.#members.values()].flatMap((m) => [...m.counts[tally].keys()]),
      );
      this.#tellCounts(member, tally, names);
    }
  }

  /** A worker is gone, and with it all it had. */
  leave(id: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    for (const account of member.accounts) this.#setOpen(member, account, false);
    for (const tally of tallies) this.#spread(tally, [...member.counts[tally].keys()]);
  }

  /** What a worker says. */
  heard(id: number, message: Notice | Report): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    switch (message.kind) {
      case 'shown':
        for (const other of this.#open.get(message.account) ?? [])
          if (other !== member) other.send(message);
        break;
      case 'login failed':
        for (const other of this.#members.values()) if (other !== member) other.send(message);
        break;
      case 'open':
        this.#setOpen(member, message.account, message.open);
        break;
      case 'counts':
        this.#count(member, message.tally, message.counts);
        break;
    }
  }

  #setOpen(member: Member, account: AccountId, open: boolean): void {
    const holders = this.#open.get(account) ?? new Set();
    const before = holders.size;
    if (open) {
      holders.add(member);
      member.accounts.add(account);
      this.#open.set(account, holders);
      if (holders.size > 1) member.send({ kind: 'shared', account, shared: true });
    } else {
      holders.delete(member);
      member.accounts.delete(account);
      if (holders.size === 0) this.#open.delete(account);
    }
    const shared = holders.size > 1;
    if (before > 1 === shared) return;
    for (const holder of holders)
      if (holder !== member) holder.send({ kind: 'shared', account, shared });
  }

  #count(member: Member, tally: TallyName, counts: Counts): void {
    for (const [name, count] of counts) {
      if (count > 0) member.counts[tally].set(name, count);
      else member.counts[tally].delete(name);
    }
    this.#spread(
      tally,
      counts.map(([name]) => name),
      member,
    );
  }

  #spread(tally: TallyName, names: readonly string[], except?: Member): void {
    for (const member of this.#members.values())
      if (member !== except) this.#tellCounts(member, tally, names);
  }

  /** Tells what all others have together. */
  #tellCounts(member: Member, tally: TallyName, names: Iterable<string>): void {
    const counts = Array.from(names, (name): [string, number] => {
      let sum = 0;
      for (const other of this.#members.values())
        if (other !== member) sum += other.counts[tally].get(name) ?? 0;
      return [name, sum];
    });
    if (counts.length > 0) member.send({ kind: 'counts', tally, counts });
  }
}
