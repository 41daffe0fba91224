/** Thousands of messages in one command: COPY, MOVE, STORE, EXPUNGE. */
import type { Bench, Timed, Workload } from '../bench.ts';
import type { ImapClient } from '../imap-client.ts';

/** Uncounted, as for every rate: some seconds, which V8 needs until it has seen enough of what runs so seldom. */
const warmRounds = 12;
const countedRounds = 9;
const count = 5000;

/** What is measured, by its row. */
type Rounds = Map<string, Timed[]>;

export const bulk: Workload = {
  name: 'bulk',
  settings: { dovecot: ['usual', 'strict'] },
  ceiling: false,
  async run(bench) {
    const client = await bench.connect();
    for (let round = 0; round < warmRounds; round += 1) await bulkOnce(bench, client, new Map());
    const rounds: Rounds = new Map();
    for (let round = 0; round < countedRounds; round += 1) await bulkOnce(bench, client, rounds);
    for (const [what, times] of rounds) bench.rounds(what, { operations: count }, times);
    await client.logout();
  },
};

async function bulkOnce(bench: Bench, client: ImapClient, rounds: Rounds): Promise<void> {
  const [from, to] = [bench.freshMailbox(), bench.freshMailbox()];
  for (const mailbox of [from, to]) await client.run(`CREATE ${mailbox}`);
  const row = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    rounds.set(what, [...(rounds.get(what) ?? []), await bench.timed(work)]);
  };
  await client.run('SELECT S1000');
  await row(`COPY of ${count} messages, 1000 a command`, async () => {
    for (let done = 0; done < count; done += 1000) await client.run(`COPY 1:1000 ${from}`);
  });
  await client.run(`SELECT ${from}`);
  await row(`MOVE of ${count} messages`, () => client.run(`MOVE 1:* ${to}`));
  await client.run(`SELECT ${to}`);
  await row(`STORE 1:* of ${count} messages`, () =>
    client.run('STORE 1:* +FLAGS.SILENT (\\Deleted)'),
  );
  await row(`EXPUNGE of ${count} messages`, () => client.run('EXPUNGE'));
  await client.run('UNSELECT');
  for (const mailbox of [from, to]) await client.run(`DELETE ${mailbox}`);
}
