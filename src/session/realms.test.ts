import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultLimits } from '../base/limits.ts';
import { silent } from '../base/logger.ts';
import { inbox } from '../model/mailbox-name.ts';
import { noRights, type Rights } from '../model/rights.ts';
import type { Bus } from '../store/bus.ts';
import { changeAcl } from '../store/share.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { Realms } from './realms.ts';

/** Other processes serve too, and what they write is told by nobody. */
const bus: Bus = {
  alone: false,
  join: () => ({ publish: () => undefined, [Symbol.dispose]: () => undefined }),
};

test('what others share is as another process last wrote it, also where the account was open already', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'restante-realms-'));
  const options = { directory, limits: defaultLimits, logger: silent, bus };
  try {
    await using here = await openSqliteStore(options);
    await using there = await openSqliteStore(options);
    const add = (address: string) => here.directory.add({ address, passwordHash: 'h' });
    const [anna, bert] = [await add('anna@example.org'), await add('bert@example.org')];
    await using kept = await here.open(anna.id);
    assert.equal((await kept.mailbox(inbox))?.acl, undefined);
    await using account = await there.open(anna.id);
    const mailbox = await account.mailbox(inbox);
    assert.ok(mailbox);
    const rights = 'lr' as Rights;
    const change = { identifier: bert.id, mode: 'replace', rights, otherwise: noRights } as const;
    await changeAcl({ directory: there.directory, account }, { id: mailbox.id, change });
    const { signal } = new AbortController();
    await using own = await here.open(bert.id);
    await using realms = new Realms({ user: bert, account: own, store: here, signal });
    const seen: string[] = [];
    for await (const realm of realms.others())
      for (const each of await realm.account.mailboxes())
        if (realm.rights(each) !== noRights)
          seen.push(`${realm.prefix}${each.name} ${realm.rights(each)}`);
    assert.deepEqual(seen, ['Other Users/anna@example.org/INBOX lr']);
  } finally {
    await rm(directory, { recursive: true });
  }
});
