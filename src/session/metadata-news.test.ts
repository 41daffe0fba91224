import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asMailboxId, asModSeq, type MailboxId } from '../model/ids.ts';
import { mailboxName } from '../model/mailbox-name.ts';
import type { EntryName } from '../model/metadata.ts';
import { allRights } from '../model/rights.ts';
import type { Change, Hint } from '../store/change.ts';
import type { Account } from '../store/store.ts';
import { MetadataNews } from './metadata-news.ts';
import type { Realm } from './place.ts';

const inbox = asMailboxId('M1');

/** An account of which only its feed is asked. */
class Feed {
  readonly changed: Change[] = [];
  reads = 0;

  set(entry: string | undefined, at: MailboxId | 'server' = inbox): Hint {
    const mailbox = at === 'server' ? undefined : at;
    const modSeq = asModSeq(this.changed.length + 1);
    const metadataSince = asModSeq(modSeq - 1);
    this.changed.push({ kind: 'metadata', mailbox, modSeq, entry: entry as EntryName | undefined });
    return { modSeq, mailbox: undefined, origin: undefined, metadataSince };
  }

  /** As its owner sees it. */
  asRealm(): Realm {
    return { kind: 'personal', account: this.#account(), prefix: '', rights: () => allRights };
  }

  #account(): Account {
    const { changed } = this;
    const mailboxes = [{ id: inbox, name: mailboxName('INBOX') }];
    return {
      mailboxes: () => Promise.resolve(mailboxes),
      changes: async function* (this: void, since: number) {
        yield* changed.filter(({ modSeq }) => modSeq > since);
      },
      metadata: async function* () {
        yield { name: '/private/left', size: 1, value: undefined };
      },
    } as unknown as Account;
  }
}

async function told(news: MetadataNews, feed: Feed): Promise<string[]> {
  const lines: string[] = [];
  const { signal } = new AbortController();
  for await (const response of news.due(feed.asRealm(), { isWanted: () => true, signal })) {
    assert.ok(response.kind === 'METADATA' && 'changed' in response);
    lines.push(`${response.mailbox}: ${response.changed.join(' ')}`);
  }
  return lines;
}

test('what others set is told once, by mailbox, not what one set oneself', async () => {
  const feed = new Feed();
  const news = new MetadataNews();
  assert.deepEqual(await told(news, feed), []);
  news.note(feed.set('/private/mine'), true);
  assert.deepEqual(await told(news, feed), []);
  news.note(feed.set('/private/a'), false);
  news.note(feed.set('/private/mine'), true);
  news.note(feed.set('/private/B'), false);
  news.note(feed.set('/private/b'), false);
  news.note(feed.set('/private/c', 'server'), false);
  news.note(feed.set('/private/a', asMailboxId('gone')), false);
  assert.deepEqual(await told(news, feed), ['INBOX: /private/a /private/b', ': /private/c']);
  assert.deepEqual(await told(news, feed), []);
});

test('what comes while it is told is told next', async () => {
  const feed = new Feed();
  const news = new MetadataNews();
  const { signal } = new AbortController();
  news.note(feed.set('/private/a'), false);
  const due = news.due(feed.asRealm(), { isWanted: () => true, signal });
  assert.equal((await due.next()).done, false);
  news.note(feed.set('/private/b'), false);
  const { value } = await due.next();
  assert.deepEqual(value, { kind: 'METADATA', mailbox: 'INBOX', changed: ['/private/b'] });
  assert.equal((await due.next()).done, true);
});

test('many names come in several responses; all there are where none is known', async () => {
  const feed = new Feed();
  const news = new MetadataNews();
  for (let n = 0; n < 70; n++) news.note(feed.set(`/private/n/${n}`), false);
  const lines = await told(news, feed);
  assert.deepEqual(
    lines.map((line) => line.split(' ').length - 1),
    [30, 30, 10],
  );
  news.note(feed.set(undefined), false);
  assert.deepEqual(await told(news, feed), ['INBOX: /private/left']);
});
