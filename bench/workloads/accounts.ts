/** What the number of accounts in use costs: each has some mail, and all of them are asked for at random. */
import { range, type Bench, type Workload } from '../bench.ts';
import { ImapClient } from '../imap-client.ts';
import { LmtpClient } from '../lmtp-client.ts';
import { message } from '../messages.ts';
import { random } from '../random.ts';
import { crowdUser, password } from '../targets/target.ts';

const content = message(7, { bytes: 4096, exact: true });
/** How many first logins are timed. */
const opensMax = 100;
/** Accounts behind those: who logs in to them first makes the server warm, not the accounts that are asked for. */
const others = { from: opensMax, count: 1000 };

async function connect(bench: Bench, account: number): Promise<ImapClient> {
  return await ImapClient.login(
    { user: crowdUser(account), password },
    { port: bench.target.imap },
  );
}

/** Somebody comes and goes: first to accounts that nobody has used since the server was started, then to any. */
async function logins(bench: Bench, count: number): Promise<void> {
  const visit = async (account: number): Promise<void> => {
    const client = await connect(bench, account);
    await client.run('SELECT INBOX');
    await client.logout();
  };
  // Until a login to an account that nobody has open is as quick as in a server that has run for long.
  for (let n = 0; n < others.count; n += 1) await visit(others.from + n);
  let next = 0;
  await bench.times(
    `first login + SELECT + LOGOUT of an account, ${count} accounts`,
    Math.min(count, opensMax),
    () => visit(next++),
  );
  const r = random(count);
  await bench.rate(
    `login + SELECT + LOGOUT, 8 clients, ${count} accounts`,
    range(8).map(() => () => visit(r.below(count))),
  );
}

async function deliveries(bench: Bench, count: number): Promise<void> {
  const r = random(count);
  const mtas: LmtpClient[] = [];
  for (const _ of range(20)) mtas.push(await LmtpClient.connect(bench.target.lmtp));
  await bench.rate(
    `LMTP delivery 4 KiB to any, 20 connections, ${count} accounts`,
    mtas.map((mta) => () => mta.deliver(crowdUser(r.below(count)), content)),
  );
  for (const mta of mtas) mta.close();
}

async function memory(bench: Bench, who: string, count: number): Promise<void> {
  const row = `memory of the server, ${who}, ${count} accounts`;
  bench.value(row, 'KiB', await bench.memory());
}

/** A session for each account; ten of them at a time change a flag. */
async function store(bench: Bench, count: number): Promise<readonly ImapClient[]> {
  const clients: ImapClient[] = [];
  for (let from = 0; from < count; from += 8) {
    const some = range(Math.min(8, count - from)).map((n) => connect(bench, from + n));
    clients.push(...(await Promise.all(some)));
  }
  for (const client of clients) await client.run('SELECT INBOX');
  const free = [...clients];
  const r = random(count + 1);
  let add = false;
  await bench.rate(
    `STORE of one message, 10 at a time, ${count} accounts`,
    range(10).map(() => async () => {
      const [client] = free.splice(r.below(free.length), 1);
      if (client === undefined) throw new Error('no session is free');
      add = !add;
      await client.run(`STORE ${1 + r.below(10)} ${add ? '+' : '-'}FLAGS (\\Flagged)`);
      free.push(client);
    }),
  );
  return clients;
}

export const accounts: Workload = {
  name: 'accounts',
  settings: { dovecot: ['usual', 'strict'] },
  ceiling: false,
  async run(bench) {
    // Where a write is synced is of no matter to logins and memory.
    const isUsual = bench.setting === 'usual';
    for (const count of [10, 100, 1000]) {
      await bench.restart();
      if (isUsual) {
        await logins(bench, count);
        await bench.restart();
      }
      const clients = await store(bench, count);
      if (isUsual) await memory(bench, 'a session in each', count);
      for (const client of clients) client.close();
      await deliveries(bench, count);
      if (isUsual) await memory(bench, 'nobody logged in any longer', count);
    }
  },
};
