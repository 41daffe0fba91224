/** The same small commands in mailboxes of any size: what should not grow with it. */
import type { Bench, Workload } from '../bench.ts';
import type { ImapClient } from '../imap-client.ts';

async function at(bench: Bench, client: ImapClient, size: number): Promise<void> {
  const row = (what: string): string => `${what}, mailbox of ${size}`;
  await client.run('UNSELECT').catch(() => undefined);
  const status = `STATUS S${size} (MESSAGES UNSEEN UIDNEXT HIGHESTMODSEQ)`;
  // A server that has run for long has met all of this before.
  for (let warm = 0; warm < 300; warm += 1) await client.run(status);
  await bench.times(row('STATUS'), 200, () => client.run(status));
  await client.run(`SELECT S${size}`);
  const middle = size >> 1;
  for (let warm = 0; warm < 300; warm += 1) {
    await client.run('NOOP');
    await client.run(`FETCH ${middle} (UID FLAGS ENVELOPE)`);
  }
  await bench.times(row('NOOP'), 200, () => client.run('NOOP'));
  await bench.times(row('FETCH of one message'), 200, () =>
    client.run(`FETCH ${middle} (UID FLAGS ENVELOPE)`),
  );
  let add = false;
  await bench.times(row('STORE of one message'), 50, async () => {
    add = !add;
    await client.run(`STORE ${middle} ${add ? '+' : '-'}FLAGS (\\Flagged)`);
  });
}

export const growth: Workload = {
  name: 'growth',
  ceiling: false,
  async run(bench) {
    const client = await bench.connect();
    for (const size of bench.scale.ground.sizes) await at(bench, client, size);
    await client.logout();
  },
};
