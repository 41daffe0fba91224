/**
 * Random changes of names, rights and messages. Two clients, the owner's and a guest's, know only what NOTIFY tells them
 * (RFC 5465); after each telling that must be what LIST and STATUS say.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { House, password } from './support/dialogue-house.ts';
import { login, responseTimeMs } from './support/dialogue-prepare.ts';
import { ImapConnection } from './support/imap-connection.ts';

const names = ['A', 'B', 'A/x', 'B/x', 'A/x/z'];
const letter = 'Subject: x\r\n\r\nx\r\n';

const name = fc.constantFrom(...names);
const command = fc.oneof(
  ...['CREATE', 'CREATE', 'DELETE', 'SUBSCRIBE', 'UNSUBSCRIBE', 'RENAME INBOX'].map((verb) =>
    name.map((box) => `${verb} ${box}`),
  ),
  fc.tuple(name, name).map(([from, to]) => `RENAME ${from} ${to}`),
  fc
    .tuple(name, fc.constantFrom('lr', 'lr', 'l', '""'))
    .map(([box, rights]) => `SETACL ${box} $guest ${rights}`),
  fc
    .tuple(fc.constantFrom('INBOX', ...names), fc.constantFrom('', '(\\Seen) '))
    .map(([box, flags]) => `APPEND ${box} ${flags}{${letter.length}+}\r\n${letter}`),
);

class Client {
  readonly #connection: ImapConnection;
  #tag = 0;

  private constructor(connection: ImapConnection) {
    this.#connection = connection;
  }

  static async open(user: string): Promise<Client> {
    const address = await house.address('plain');
    const connection = await ImapConnection.open(address);
    await connection.next(responseTimeMs);
    const client = new Client(connection);
    await client.give(login({ address, user, password }));
    return client;
  }

  /** The untagged responses; whether it is OK does not matter. */
  async give(text: string): Promise<string[]> {
    const tag = `t${++this.#tag}`;
    await this.#connection.send(Buffer.from(`${tag} ${text}\r\n`));
    for (const untagged: string[] = []; ;) {
      const line = await this.#connection.next(responseTimeMs);
      assert.equal(typeof line, 'string', text);
      if (line?.startsWith(`${tag} `) === true) return untagged;
      untagged.push(line ?? '');
    }
  }

  close(): void {
    this.#connection.close();
  }
}

interface Listed {
  readonly attributes: ReadonlySet<string>;
  readonly mailbox: string;
  readonly oldName: string | undefined;
}

function listed(response: string): Listed | undefined {
  const found = /^\* LIST \(([^)]*)\) "\/" "?([^"]+?)"?(?: \("OLDNAME" \("?([^")]+)"?\)\))?$/.exec(
    response,
  );
  if (found === null) return undefined;
  const [, attributes = '', mailbox = '', oldName] = found;
  return { attributes: new Set(attributes.split(' ')), mailbox, oldName };
}

/** A client that knows what it was told, of names that begin so. */
class Watcher {
  readonly client: Client;
  readonly #prefix: string;
  readonly #filter: string;
  /** Whether each can be selected. */
  #names = new Map<string, boolean>();
  #subscribed = new Set<string>();
  #status = new Map<string, Record<string, string>>();

  constructor(client: Client, prefix: string, filter: string) {
    this.client = client;
    this.#prefix = prefix;
    this.#filter = filter;
  }

  async begin(): Promise<void> {
    const events = 'MailboxName SubscriptionChange MessageNew MessageExpunge FlagChange';
    const told = await this.client.give(`NOTIFY SET STATUS (${this.#filter} (${events}))`);
    await this.#ask();
    this.#take(told);
  }

  /** What there is. */
  async #ask(): Promise<void> {
    const items = 'MESSAGES UIDNEXT UIDVALIDITY';
    const all = `LIST "" "${this.#prefix}*" RETURN (SUBSCRIBED STATUS (${items}))`;
    const subscribed = await this.client.give(`LIST (SUBSCRIBED) "" "${this.#prefix}*"`);
    this.#names.clear();
    this.#status.clear();
    this.#subscribed = new Set(subscribed.flatMap((line) => listed(line)?.mailbox ?? []));
    this.#take(await this.client.give(all));
  }

  #take(responses: readonly string[]): void {
    for (const response of responses) {
      const list = listed(response);
      if (list !== undefined) this.#takeList(list);
      const [, mailbox, items] = /^\* STATUS "?([^"]+?)"? \((.*)\)$/.exec(response) ?? [];
      if (mailbox === undefined || items === undefined) continue;
      const numbers = { ...this.#status.get(mailbox) };
      for (const [, item = '', number = ''] of items.matchAll(/([A-Z]+) (\d+)/g))
        if (item !== 'UNSEEN' && item !== 'HIGHESTMODSEQ') numbers[item] = number;
      this.#status.set(mailbox, numbers);
    }
  }

  #takeList({ attributes, mailbox, oldName }: Listed): void {
    if (oldName !== undefined && !oldName.endsWith('INBOX')) this.#move(oldName, mailbox);
    const selectable = !attributes.has('\\Noselect') && !attributes.has('\\NoAccess');
    if (attributes.has('\\NonExistent')) this.#forget(mailbox);
    else this.#names.set(mailbox, selectable);
    if (!selectable) this.#status.delete(mailbox);
    if (attributes.has('\\Subscribed')) this.#subscribed.add(mailbox);
    else this.#subscribed.delete(mailbox);
  }

  #forget(mailbox: string): void {
    this.#names.delete(mailbox);
    this.#status.delete(mailbox);
  }

  /** With all that lies below. */
  #move(from: string, to: string): void {
    for (const [old, selectable] of Array.from(this.#names)) {
      if (old !== from && !old.startsWith(`${from}/`)) continue;
      const status = this.#status.get(old);
      this.#forget(old);
      this.#names.set(to + old.slice(from.length), selectable);
      if (status !== undefined) this.#status.set(to + old.slice(from.length), status);
    }
  }

  #known(): Record<string, unknown> {
    return {
      names: [...this.#names].map(String).sort(),
      subscribed: [...this.#subscribed].filter((text) => text.startsWith(this.#prefix)).sort(),
    };
  }

  async check(): Promise<void> {
    this.#take(await this.client.give('NOOP'));
    const told = this.#known();
    // Of what is shared with him a client knows nothing but the name before he asks.
    const status = new Map(this.#status);
    await this.#ask();
    // Levels above what is shared are no mailboxes.
    for (const level of ['Other Users', this.#prefix.slice(0, -1)]) this.#names.delete(level);
    assert.deepEqual(told, this.#known());
    for (const [mailbox, numbers] of status)
      assert.deepEqual(numbers, this.#status.get(mailbox), mailbox);
  }
}

let directory: string;
let house: House;
let runs = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-notify-'));
  house = await House.open(directory);
});

after(async () => {
  await house.close();
  await rm(directory, { recursive: true, force: true });
});

test('who knows what NOTIFY told knows what there is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(command), { minLength: 50, maxLength: 60 }),
      async (commands) => {
        const [owner, guest] = [`anna${++runs}@example.org`, `bert${runs}@example.org`];
        for (const address of [owner, guest])
          await house.store.directory.add({ address, passwordHash: '' });
        const writer = await Client.open(owner);
        const prefix = `Other Users/${owner}/`;
        const watchers = [
          new Watcher(await Client.open(owner), '', 'PERSONAL'),
          new Watcher(await Client.open(guest), prefix, 'SUBTREE "Other Users"'),
        ];
        for (const watcher of watchers) await watcher.begin();
        for (const text of [...commands, null]) {
          if (text !== null) await writer.give(text.replace('$guest', guest));
          else for (const watcher of watchers) await watcher.check();
        }
        for (const client of [writer, ...watchers.map((watcher) => watcher.client)]) client.close();
      },
    ),
    { numRuns: 2 },
  );
});
