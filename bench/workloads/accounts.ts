/** What the number of accounts in use costs: each has some mail, and all of them are asked for at random. */
import { range, type Bench, type Workload } from '../bench.ts';
import { ImapClient } from '../imap-client.ts';
import { LmtpClient } from '../lmtp-client.ts';
import { message } from '../messages.ts';
import { random } from '../random.ts';
import { crowdUser, password } from '../targets/target.ts';

const content = message(7, { bytes: 4096, exact: true });
/** There are three numbers of accounts and three rates for each. */
const shareOfSeconds = 0.5;
const opensMax = 100;

async function connect(bench: Bench, account: number): Promise<ImapClient> {
  return await ImapClient.login(
    { user: crowdUser(account), password },
    { port: bench.target.imap },
  );
}

async function withAccounts(bench: Bench, count: number): Promise<void> {
  const seconds = bench.scale.seconds * shareOfSeconds;
  const row = (what: string): string => `${what}, ${count} accounts`;
  await bench.restart();
  // Somebody else logs in until that is quick.
  for (let warm = 0; warm < 100; warm += 1) await (await bench.connect(1)).logout();
  let next = 0;
  await bench.times(
    row('first login + SELECT + LOGOUT of an account'),
    Math.min(count, opensMax),
    async () => {
      const client = await connect(bench, next++);
      await client.run('SELECT INBOX');
      await client.logout();
    },
  );
  const r = random(count);
  const any = (): number => r.below(count);
  await bench.rate(
    row('login + SELECT + LOGOUT, 8 clients'),
    range(8).map(() => async () => {
      const client = await connect(bench, any());
      await client.run('SELECT INBOX');
      await client.logout();
    }),
    seconds,
  );
  await store(bench, count, seconds);
  const mtas: LmtpClient[] = [];
  for (const _ of range(20)) mtas.push(await LmtpClient.connect(bench.target.lmtp));
  await bench.rate(
    row('LMTP delivery 4 KiB to any, 20 connections'),
    mtas.map((mta) => () => mta.deliver(crowdUser(any()), content)),
    seconds,
  );
  for (const mta of mtas) mta.close();
  bench.value(
    row('memory of the server, nobody logged in any longer'),
    'KiB',
    await bench.memory(),
  );
}

/** A session for each account; ten of them at a time change a flag. */
async function store(bench: Bench, count: number, seconds: number): Promise<void> {
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
    seconds,
  );
  bench.value(
    `memory of the server, a session in each of ${count} accounts`,
    'KiB',
    await bench.memory(),
  );
  for (const client of clients) client.close();
}

export const accounts: Workload = {
  name: 'accounts',
  ceiling: false,
  async run(bench) {
    for (const count of [10, 100, 1000]) await withAccounts(bench, count);
  },
};
