/** What a second process behind the same address brings, and what it costs: our server against itself. */
import type { Workload } from '../bench.ts';
import { appendFromMany } from './append.ts';
import { eightClients } from './login.ts';
import { mixed } from './mixed.ts';
import { busy } from './notify.ts';

export const workers: Workload = {
  name: 'workers',
  settings: { restante: ['one', 'two'], dovecot: [] },
  ceiling: false,
  async run(bench) {
    await eightClients(bench);
    await eightClients(bench, true);
    await appendFromMany(bench);
    await mixed.run(bench);
    await busy(bench, 100);
  },
};
