import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credentials } from '../model/account.ts';
import { asAccountId } from '../model/ids.ts';
import { DirectoryAuthenticator } from './directory-authenticator.ts';
import { hashPassword } from './password.ts';
import { Throttle } from './throttle.ts';

const account = {
  id: asAccountId('1'),
  address: 'anna@example.org',
  aliases: [],
  createdAt: new Date(0),
};
const limits = {
  loginFailuresPerAddressMax: 20,
  loginFailureWindowMs: 60_000,
  loginPenaltyMaxMs: 1,
};

test('only the right user with the right password comes in', async () => {
  const passwordHash = await hashPassword('secret');
  const source = {
    credentials: (address: string): Promise<Credentials | undefined> =>
      Promise.resolve(address === account.address ? { account, passwordHash } : undefined),
  };
  const authenticator = new DirectoryAuthenticator(
    source,
    new Throttle({ limits, exempt: () => false }),
  );
  const check = (user: string, password: string) =>
    authenticator.check({
      user,
      password,
      remoteAddress: '192.0.2.1',
      signal: new AbortController().signal,
    });
  assert.equal(await check('anna@example.org', 'secret'), account);
  assert.equal(await check('anna@example.org', 'Secret'), undefined);
  assert.equal(await check('bert@example.org', 'secret'), undefined);
  assert.equal(await check('\uff41nna@example.org', 's\u00adecret'), account, 'by SASLprep');
  assert.equal(await check('anna@example.org\u0007', 'secret'), undefined);
});
