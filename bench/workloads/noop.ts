/** What one command costs at least. */
import type { Workload } from '../bench.ts';

export const noop: Workload = {
  name: 'noop',
  ceiling: true,
  async run(bench) {
    const client = await bench.connect();
    await client.run('SELECT S1000');
    await bench.rate('NOOP, one at a time', [() => client.run('NOOP').then(() => 1)]);
    const hundred = Array.from({ length: 100 }, () => 'NOOP');
    await bench.rate('NOOP, 100 pipelined', [() => client.pipeline(hundred).then(() => 100)]);
    await client.logout();
  },
};
