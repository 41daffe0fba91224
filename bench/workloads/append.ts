/** Messages that clients bring: APPEND, each answered when it is kept. */
import { range, type Bench, type Workload } from '../bench.ts';
import { message } from '../messages.ts';

const settings = { dovecot: ['usual', 'strict'] } as const;

interface Way {
  readonly way: string;
  /** Of each connection. */
  readonly accounts: readonly number[];
}

const alone: Way = { way: '1 connection', accounts: [1] };
const many: readonly Way[] = [
  { way: '20 connections, 20 accounts', accounts: range(20).map((n) => n + 1) },
  { way: '20 connections, 1 account', accounts: range(20).map(() => 1) },
];

interface What {
  readonly row: string;
  readonly content: Buffer;
}

const small: What = {
  row: 'APPEND 4 KiB',
  content: message(5, { bytes: 4096, exact: true }),
};
const large: What = {
  row: 'APPEND 1 MiB',
  content: message(5, { bytes: 1 << 20, exact: true }),
};

async function append(bench: Bench, { row, content }: What, ways: readonly Way[]): Promise<void> {
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
  run: (bench) => append(bench, small, [alone, ...many]),
};

export const appendLarge: Workload = {
  name: 'append-large',
  settings,
  ceiling: true,
  run: (bench) => append(bench, large, [alone, ...many]),
};

/** Small messages from twenty connections, to accounts of their own and to one. */
export async function appendFromMany(bench: Bench): Promise<void> {
  await append(bench, small, many);
}
