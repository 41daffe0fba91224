/** A morning in an office: fifty clients, each doing all that clients do, two of them in each account. */
import { range, type Bench, type Workload } from '../bench.ts';
import { message } from '../messages.ts';
import { random, type Random } from '../random.ts';

const content = message(8, { bytes: 4096, exact: true });

const commandsPerVisit = 13;

/** One visit; how many commands it took. */
async function visit(bench: Bench, account: number, r: Random): Promise<number> {
  const { inbox } = bench.scale.ground;
  const client = await bench.connect(account);
  const any = (): number => 1 + r.below(inbox - 10);
  await client.run('SELECT INBOX');
  await client.run('FETCH 1:* (UID FLAGS)');
  const first = any();
  await client.run(`FETCH ${first}:${first + 9} (UID ENVELOPE BODYSTRUCTURE INTERNALDATE)`);
  await client.run(`FETCH ${any()} (BODY.PEEK[])`);
  await client.run(`FETCH ${any()} (BODY.PEEK[HEADER])`);
  await client.run(`STORE ${any()} +FLAGS (\\Flagged)`);
  await client.run(`STORE ${any()} -FLAGS (\\Flagged)`);
  const uid = await client.append('INBOX', content);
  await client.run('NOOP');
  await client.run(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`);
  await client.run(`UID EXPUNGE ${uid}`);
  await client.logout();
  return commandsPerVisit;
}

export const mixed: Workload = {
  name: 'mixed',
  settings: { dovecot: ['usual', 'strict'] },
  ceiling: false,
  async run(bench) {
    const { inboxes } = bench.scale.ground;
    await bench.rate(
      'mixed load of 50 clients, commands',
      range(50).map((n) => {
        const r = random(n);
        return () => visit(bench, 1 + (n % inboxes), r);
      }),
    );
  },
};
