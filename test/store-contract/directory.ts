import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asAccountId } from '../../src/model/ids.ts';
import { append, type Contract, mailbox, type Opened, rejects } from './context.ts';

/** Who has an account. */
export function directoryContract(contract: Contract): void {
  let opened: Opened;
  before(async () => (opened = await contract.open()));
  after(() => opened[Symbol.asyncDispose]());

  test('addresses and aliases find their account, in any case of A to Z', async () => {
    const { directory } = opened.store;
    const anna = await directory.add({
      address: 'Anna@Example.org',
      passwordHash: 'h1',
      aliases: ['post@example.org', 'a\u0308rzte@example.org'],
    });
    assert.deepEqual(
      [anna.address, anna.aliases],
      ['Anna@Example.org', ['post@example.org', '\u00e4rzte@example.org']],
    );
    assert.ok(Math.abs(anna.createdAt.getTime() - Date.now()) < 60_000);
    for (const address of ['anna@example.ORG', 'POST@example.org', '\u00e4rzte@example.org']) {
      assert.deepEqual(await directory.find(address), anna);
    }
    assert.equal(await directory.find('\u00c4RZTE@example.org'), undefined);
    assert.equal(await directory.find('anna+x@example.org'), undefined);
    assert.deepEqual(await directory.credentials('anna@example.org'), {
      account: anna,
      passwordHash: 'h1',
    });
    assert.equal(await directory.credentials('post@example.org'), undefined);
    await directory.setPassword('ANNA@example.org', 'h2');
    assert.equal((await directory.credentials('anna@example.org'))?.passwordHash, 'h2');
  });

  test('an address belongs to one account, as its own or as an alias', async () => {
    const { directory } = opened.store;
    await directory.add({
      address: 'one@example.net',
      passwordHash: 'h',
      aliases: ['alias@example.net'],
    });
    await rejects(
      directory.add({ address: 'ONE@example.net', passwordHash: 'h' }),
      'account-exists',
    );
    await rejects(
      directory.add({ address: 'Alias@example.net', passwordHash: 'h' }),
      'account-exists',
    );
    await rejects(
      directory.add({
        address: 'two@example.net',
        passwordHash: 'h',
        aliases: ['one@example.net'],
      }),
      'account-exists',
    );
    await rejects(
      directory.add({
        address: 'two@example.net',
        passwordHash: 'h',
        aliases: ['Two@example.net'],
      }),
      'account-exists',
    );
    assert.equal(await directory.find('two@example.net'), undefined);
    await directory.add({ address: 'two@example.net', passwordHash: 'h' });
    assert.deepEqual(
      (await directory.list())
        .map(({ address }) => address)
        .filter((address) => address.endsWith('.net')),
      ['one@example.net', 'two@example.net'],
    );
  });

  test('a capability is switched for one account, and back', async () => {
    const { directory } = opened.store;
    const own = async (): Promise<unknown> =>
      (await directory.credentials('quirk@example.org'))?.account.capabilities;
    await directory.add({ address: 'quirk@example.org', passwordHash: 'h' });
    assert.equal(await own(), undefined);
    await directory.switchCapability('quirk@example.org', 'NOTIFY', false);
    await directory.switchCapability('Quirk@example.org', 'UIDONLY', true);
    assert.deepEqual(await own(), { NOTIFY: false, UIDONLY: true });
    assert.deepEqual((await directory.find('quirk@example.org'))?.capabilities, await own());
    await directory.switchCapability('quirk@example.org', 'NOTIFY', undefined);
    assert.deepEqual(await own(), { UIDONLY: true });
    await directory.switchCapability('quirk@example.org', 'UIDONLY', undefined);
    assert.equal(await own(), undefined);
    await rejects(directory.switchCapability('x@example.org', 'IDLE', false), 'account-not-found');
  });

  test("an account may be an administrator's", async () => {
    const { directory } = opened.store;
    const address = 'admin@example.org';
    const admin = await directory.add({
      address,
      passwordHash: 'h',
      aliases: ['root@example.org'],
    });
    assert.notEqual(admin.administrator, true);
    await directory.setAdministrator('ADMIN@example.org', true);
    assert.equal((await directory.find('root@example.org'))?.administrator, true);
    assert.equal((await directory.credentials(address))?.account.administrator, true);
    const listed = (await directory.list()).filter(({ administrator }) => administrator === true);
    assert.deepEqual(listed, [{ ...admin, administrator: true }]);
    await directory.setAdministrator(address, false);
    assert.deepEqual(await directory.find(address), admin);
    await rejects(directory.setAdministrator('root@example.org', true), 'account-not-found');
  });

  test('a removed account is gone with its mail, for those who have it open too', async () => {
    const { directory } = opened.store;
    const gone = await directory.add({
      address: 'gone@example.com',
      passwordHash: 'h',
      aliases: ['gone-too@example.com'],
    });
    const account = await opened.store.open(gone.id);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['one']);
    await directory.remove('gone@example.com');
    await rejects(account.mailboxes(), 'account-not-found');
    await rejects(append(account, id, ['two']), 'account-not-found');
    await rejects(opened.store.open(gone.id), 'account-not-found');
    await account[Symbol.asyncDispose]();
    assert.equal(await directory.find('gone-too@example.com'), undefined);
    await rejects(directory.remove('gone@example.com'), 'account-not-found');
    await rejects(directory.setPassword('gone@example.com', 'h'), 'account-not-found');
    const again = await directory.add({ address: 'gone@example.com', passwordHash: 'h' });
    assert.notEqual(again.id, gone.id);
    assert.equal((await mailbox(await opened.store.open(again.id), 'INBOX')).messages, 0);
  });

  test('one account object serves everybody in the process', async () => {
    const { directory, open } = {
      directory: opened.store.directory,
      open: opened.store.open.bind(opened.store),
    };
    const { id } = await directory.add({ address: 'shared@example.com', passwordHash: 'h' });
    const [first, second] = await Promise.all([open(id), open(id)]);
    assert.equal(first, second);
    await first[Symbol.asyncDispose]();
    assert.equal((await second.mailboxes()).length, 6);
    await rejects(open(asAccountId('nobody')), 'account-not-found');
  });
}
