import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { flag } from '../../src/model/flag.ts';
import {
  all,
  append,
  bytes,
  collect,
  type Contract,
  mailbox,
  name,
  newAccount,
  type Opened,
  read,
  received,
  rejects,
  rows,
  text,
  uids,
  flagged,
} from './context.ts';

/** What was said is kept. */
export function durabilityContract(contract: Contract): void {
  let opened: Opened;
  beforeEach(async () => (opened = await contract.open()));
  afterEach(() => opened[Symbol.asyncDispose]());

  test('everything is as it was after reopening', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, flagged(['one', 'two', 'three'], '\\Seen', 'Key'));
    await account.create(name('tree/leaf'));
    await account.subscribe(name('ghost'), true);
    await account.flag(id, uids(2), { mode: 'replace', flags: [flag('\\Deleted'), flag('other')] });
    await account.copy(id, all, (await mailbox(account, 'Archive')).id);
    const start = account.modSeq;
    await account.expunge(id, all);
    const view = await account.view(id);
    assert.equal(view.takeRecent(), 1);
    const before = {
      modSeq: account.modSeq,
      mailboxes: await account.mailboxes(),
      subscriptions: await account.subscriptions(),
      rows: rows(view),
      entry: view.entry(1),
      facts: (await account.facts([view.message(0)])).map((facts) => ({
        ...facts,
        envelope: facts?.envelope.subject,
      })),
      vanished: (await view.vanishedSince(start)).toString(),
      changes: await collect(account.changes(start)),
    };
    await opened.reopen();
    const again = await opened.store.open(account.id);
    const fresh = await again.view(id);
    assert.deepEqual(
      {
        modSeq: again.modSeq,
        mailboxes: await again.mailboxes(),
        subscriptions: await again.subscriptions(),
        rows: rows(fresh),
        entry: fresh.entry(1),
        facts: (await again.facts([fresh.message(0)])).map((facts) => ({
          ...facts,
          envelope: facts?.envelope.subject,
        })),
        vanished: (await fresh.vanishedSince(start)).toString(),
        changes: await collect(again.changes(start)),
      },
      before,
    );
    assert.equal((await read(again, fresh, 1)).toString(), text('three'));
    assert.deepEqual((await append(again, id, ['four'])).uids, [4]);
  });

  test('writes that were accepted are finished by dispose, later ones refused', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const staged = await account.stage(bytes(text('one')));
    const writes = Array.from({ length: 20 }, () =>
      account.append(id, [{ staged, flags: [], internalDate: received }]),
    );
    const [, results] = await Promise.all([opened.reopen(), Promise.allSettled(writes)]);
    const kept = results.filter(({ status }) => status === 'fulfilled').length;
    await rejects(account.mailboxes(), 'unavailable');
    await rejects(
      account.append(id, [{ staged, flags: [], internalDate: received }]),
      'unavailable',
    );
    const again = await opened.store.open(account.id);
    assert.equal((await mailbox(again, 'INBOX')).messages, kept);
    assert.equal(kept, 20);
  });
}
