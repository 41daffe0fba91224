/** Messages that clients bring: APPEND, each answered when it is kept. */
import { range, type Bench, type Workload } from '../bench.ts';
import { message } from '../messages.ts';

const settings = { dovecot: ['usual', 'strict'] } as const;

async function append(bench: Bench, content: Buffer, row: string): Promise<void> {
  const ways = [
    { way: '1 connection', accounts: [1] },
    { way: '20 connections, 20 accounts', accounts: range(20).map((n) => n + 1) },
    { way: '20 connections, 1 account', accounts: range(20).map(() => 1) },
  ];
  for (const { way, accounts } of ways) {
    const mailbox = bench.freshMailbox();
    const clients = await bench.connections(accounts);
    const owners = clients.slice(0, new Set(accounts).size);
    for (const client of owners) await client.run(`CREATE ${mailbox}`);
    await bench.rate(
      `${row}, ${way}`,
      clients.map((client) => async () => void (await client.append(mailbox, content))),
    );
    for (const client of owners) await client.run(`DELETE ${mailbox}`);
    for (const client of clients) client.close();
  }
}

export const appendSmall: Workload = {
  name: 'append',
  settings,
  ceiling: true,
  run: (bench) => append(bench, message(5, { bytes: 4096, exact: true }), 'APPEND 4 KiB'),
};

export const appendLarge: Workload = {
  name: 'append-large',
  settings,
  ceiling: true,
  run: (bench) => append(bench, message(5, { bytes: 1 << 20, exact: true }), 'APPEND 1 MiB'),
};
