import { foldedEntry, type EntryName } from '../model/metadata.ts';
import type { MailboxId, ModSeq } from '../model/ids.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import type { Untagged } from '../model/response.ts';
import type { Change, Hint } from '../store/change.ts';
import type { Account } from '../store/store.ts';
import { mayAnnotate, ownersRights, type Rights } from '../model/rights.ts';
import { server } from './metadata.ts';
import { shown, type Realm } from './place.ts';

/** Names in one response: a line that every client can take. */
const namesMax = 30;
/** Writes of the client's own that are told apart; beyond it hears of some of them too. */
const ownMax = 1000;

const everything = ['/private', '/shared'] as readonly string[] as readonly EntryName[];

interface DueOptions {
  readonly isWanted: (name: MailboxName, rights: Rights) => boolean;
  readonly signal: AbortSignal;
}

/**
 * What a client is to be told of metadata that others set (RFC 5464 section 4.4.2): only since when is kept, what it is
 * the account's feed says when it can be told.
 */
export class MetadataNews {
  #since: ModSeq | undefined;
  #own = new Set<ModSeq>();

  /** Takes a hint that has `metadataSince`. */
  note({ modSeq, metadataSince }: Hint, isOwn: boolean): void {
    if (isOwn && this.#since === undefined) return;
    this.#since ??= metadataSince;
    if (isOwn && this.#own.size < ownMax) this.#own.add(modSeq);
  }

  /** Responses without values for what is wanted. Taking one counts as telling it. */
  async *due(
    realm: Realm,
    { isWanted, signal }: DueOptions,
  ): AsyncGenerator<Untagged, void, undefined> {
    const { account } = realm;
    while (this.#since !== undefined) {
      const since = this.#since;
      const own = this.#own;
      this.#since = undefined;
      this.#own = new Set();
      const mailboxes = await account.mailboxes({ signal });
      const names = new Map<MailboxId | undefined, MailboxName>();
      // What belongs to no mailbox belongs to the account, and is its owner's.
      if (realm.kind === 'personal' && isWanted(server, ownersRights)) names.set(undefined, server);
      for (const mailbox of mailboxes) {
        const rights = realm.rights(mailbox);
        const { name } = shown(mailbox, realm);
        if (mayAnnotate(rights) && isWanted(name, rights)) names.set(mailbox.id, name);
      }
      let group: Group | undefined;
      for await (const change of account.changes(since, { only: 'metadata', signal })) {
        const mailbox = names.get(change.mailbox);
        if (own.has(change.modSeq) || mailbox === undefined) continue;
        if (group !== undefined && (group.mailbox !== mailbox || group.names.size >= namesMax)) {
          if (group.names.size > 0) yield told(group);
          group = undefined;
        }
        group ??= { mailbox, names: new Map() };
        for await (const name of namesOf(account, change, signal))
          group.names.set(foldedEntry(name), name);
      }
      if (group !== undefined && group.names.size > 0) yield told(group);
    }
  }
}

interface Group {
  readonly mailbox: MailboxName;
  readonly names: Map<string, EntryName>;
}

function told({ mailbox, names }: Group): Untagged {
  return { kind: 'METADATA', mailbox, changed: [...names.values()] };
}

/** The entry that changed; all there are where nobody knows any longer (RFC 5465 section 5.6 allows it). */
async function* namesOf(
  account: Account,
  change: Change,
  signal: AbortSignal,
): AsyncGenerator<EntryName, void, undefined> {
  if (change.kind !== 'metadata') return;
  if (change.entry !== undefined) {
    yield change.entry;
    return;
  }
  const query = { entries: everything, depth: Infinity, bytesMax: 0, signal };
  for await (const { name } of account.metadata(change.mailbox, query)) yield name;
}
