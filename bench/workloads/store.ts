/** Flags that change one message at a time. */
import { range, type Workload } from '../bench.ts';
import { random } from '../random.ts';

export const store: Workload = {
  name: 'store',
  settings: { restante: ['usual', 'relaxed'], dovecot: ['usual', 'strict'] },
  ceiling: true,
  async run(bench) {
    const { inboxes, inbox } = bench.scale.ground;
    for (const count of [1, 20]) {
      const clients = await bench.connections(range(count).map((n) => 1 + (n % inboxes)));
      const lanes = clients.map((client, n) => {
        const r = random(n);
        let add = false;
        return async () => {
          add = !add;
          await client.run(`STORE ${1 + r.below(inbox)} ${add ? '+' : '-'}FLAGS (\\Flagged)`);
        };
      });
      for (const client of clients) await client.run('SELECT INBOX');
      const way = count === 1 ? '1 connection' : `${count} connections, ${count} accounts`;
      await bench.rate(`STORE of one message, ${way}`, lanes);
      for (const client of clients) client.close();
    }
  },
};
