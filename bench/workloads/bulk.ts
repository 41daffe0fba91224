/** Thousands of messages in one command: COPY, MOVE, STORE, EXPUNGE. */
import type { Bench, Workload } from '../bench.ts';
import type { ImapClient } from '../imap-client.ts';

/** Uncounted, as for every rate: about a second, which V8 needs until it has seen enough of what runs so seldom. */
const warmRounds = 8;

export const bulk: Workload = {
  name: 'bulk',
  settings: { dovecot: ['usual', 'strict'] },
  ceiling: false,
  async run(bench) {
    const client = await bench.connect();
    for (let round = 0; round < warmRounds; round += 1) await bulkOnce(bench, client, false);
    await bulkOnce(bench, client, true);
    await client.logout();
  },
};

async function bulkOnce(bench: Bench, client: ImapClient, counted: boolean): Promise<void> {
  const [from, to] = [bench.freshMailbox(), bench.freshMailbox()];
  for (const mailbox of [from, to]) await client.run(`CREATE ${mailbox}`);
  const count = 5000;
  const row = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    if (counted) await bench.once(what, { operations: count }, work);
    else await work();
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
