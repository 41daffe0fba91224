/** Clients that come, look and go: connect, LOGIN, SELECT, LOGOUT. */
import { range, type Bench, type Workload } from '../bench.ts';
import { ImapClient } from '../imap-client.ts';
import { dearAccounts, dearUser, password } from '../targets/target.ts';

async function cycle(bench: Bench, account: number, tls = false): Promise<void> {
  const client = await bench.connect(account, tls);
  await client.run('SELECT INBOX');
  await client.logout();
}

export const login: Workload = {
  name: 'login',
  ceiling: true,
  async run(bench) {
    await bench.rate('login + SELECT + LOGOUT, 1 client', [() => cycle(bench, 1)]);
    await eightClients(bench);
    await eightClients(bench, true);
  },
};

/** Clients that come and go beside each other. */
export async function eightClients(bench: Bench, tls = false): Promise<void> {
  await bench.rate(
    `login + SELECT + LOGOUT, 8 clients${tls ? ' over TLS' : ''}`,
    range(8).map((n) => () => cycle(bench, n + 1, tls)),
  );
}

/** Both servers check argon2id hashes of equal cost; nobody has logged in before. */
export const firstLogin: Workload = {
  name: 'first-login',
  ceiling: false,
  async run(bench) {
    await bench.restart();
    const users = range(dearAccounts).map(dearUser);
    await bench.once(
      'first login with argon2id (46 MiB), 4 clients',
      { operations: users.length },
      async () => {
        await Promise.all(
          range(4).map(async () => {
            for (let name = users.pop(); name !== undefined; name = users.pop()) {
              const client = await ImapClient.login(
                { user: name, password },
                { port: bench.target.imap },
              );
              await client.logout();
            }
          }),
        );
      },
    );
  },
};
