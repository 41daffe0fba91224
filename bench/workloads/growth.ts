/** The same small commands in mailboxes of any size: what should not grow with it. */
import type { Bench, Workload } from '../bench.ts';
import type { ImapClient } from '../imap-client.ts';

async function read(bench: Bench, client: ImapClient, size: number): Promise<void> {
  const time = (what: string, command: string): Promise<void> =>
    bench.steadyTimes(`${what}, mailbox of ${size}`, 200, () => client.run(command));
  await client.run('UNSELECT').catch(() => undefined);
  await time('STATUS', `STATUS S${size} (MESSAGES UNSEEN UIDNEXT HIGHESTMODSEQ)`);
  await client.run(`SELECT S${size}`);
  await time('NOOP', 'NOOP');
  await time('FETCH of one message', `FETCH ${size >> 1} (UID FLAGS ENVELOPE)`);
}

async function store(bench: Bench, client: ImapClient, size: number): Promise<void> {
  await client.run(`SELECT S${size}`);
  let add = false;
  await bench.steadyTimes(`STORE of one message, mailbox of ${size}`, 200, () => {
    add = !add;
    return client.run(`STORE ${size >> 1} ${add ? '+' : '-'}FLAGS (\\Flagged)`);
  });
}

export const growth: Workload = {
  name: 'growth',
  settings: { dovecot: ['usual', 'strict'] },
  ceiling: false,
  async run(bench) {
    const client = await bench.connect();
    for (const size of bench.scale.ground.sizes) {
      // Where a write is synced is of no matter to what only reads.
      if (bench.setting === 'usual') await read(bench, client, size);
      await store(bench, client, size);
    }
    await client.logout();
  },
};
