/** What a connection costs while nothing happens. */
import { range, type Workload } from '../bench.ts';

/** Enough to have allocated whatever does not grow with connections, and room for what is thrown away. */
const before = 500;

export const memory: Workload = {
  name: 'memory',
  ceiling: true,
  async run(bench) {
    for (const count of bench.scale.connections) {
      for (const tls of [false, true]) {
        await bench.restart();
        const first = await bench.connections(
          range(before).map((n) => n % 50),
          tls,
        );
        for (const client of first) await client.run('SELECT INBOX');
        const base = await bench.memory();
        const clients = await bench.connections(
          range(count).map((n) => n % 50),
          tls,
        );
        for (const client of clients) await client.run('SELECT INBOX');
        const way = `${count} connections${tls ? ' over TLS' : ''}`;
        const selected = await bench.memory();
        bench.value(`memory per idle connection, ${way}`, 'KiB', (selected - base) / count);
        for (const client of clients) await client.idle();
        const idle = await bench.memory();
        bench.value(`memory per IDLE connection, ${way}`, 'KiB', (idle - base) / count);
        for (const client of [...first, ...clients]) client.close();
      }
    }
  },
};
