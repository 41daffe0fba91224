/** Thousands of messages in one command: COPY, MOVE, STORE, EXPUNGE. */
import type { Workload } from '../bench.ts';

export const bulk: Workload = {
  name: 'bulk',
  settings: { dovecot: ['usual', 'strict'] },
  ceiling: false,
  async run(bench) {
    const client = await bench.connect();
    const [from, to] = [bench.freshMailbox(), bench.freshMailbox()];
    for (const mailbox of [from, to]) await client.run(`CREATE ${mailbox}`);
    const count = 5000;
    const all = { operations: count };
    await client.run('SELECT S1000');
    await bench.once(`COPY of ${count} messages, 1000 a command`, all, async () => {
      for (let done = 0; done < count; done += 1000) await client.run(`COPY 1:1000 ${from}`);
    });
    await client.run(`SELECT ${from}`);
    await bench.once(`MOVE of ${count} messages`, all, () => client.run(`MOVE 1:* ${to}`));
    await client.run(`SELECT ${to}`);
    await bench.once(`STORE 1:* of ${count} messages`, all, () =>
      client.run('STORE 1:* +FLAGS.SILENT (\\Deleted)'),
    );
    await bench.once(`EXPUNGE of ${count} messages`, all, () => client.run('EXPUNGE'));
    await client.run('UNSELECT');
    for (const mailbox of [from, to]) await client.run(`DELETE ${mailbox}`);
    await client.logout();
  },
};
