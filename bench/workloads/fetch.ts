/** What clients read when they open a mailbox: flags of all, envelopes of all, bodies. */
import { range, type Bench, type Timed, type Workload } from '../bench.ts';
import type { ImapClient } from '../imap-client.ts';
import { random } from '../random.ts';

function enoughBytes(bytes: number, wanted: number): void {
  if (bytes < wanted) throw new Error(`${bytes} bytes are too few: ${wanted} were to come`);
}

export const fetchFlags: Workload = {
  name: 'fetch-flags',
  ceiling: true,
  async run(bench) {
    const size = bench.scale.ground.sizes.findLast((one) => one <= 100_000) ?? 1000;
    const client = await bench.connect();
    await client.run(`SELECT S${size}`);
    const fetch = async (): Promise<void> => {
      const { bytes } = await client.run('FETCH 1:* (UID FLAGS)');
      enoughBytes(bytes, size * 30);
    };
    for (let warm = 0; warm < 3; warm += 1) await fetch();
    await bench.times(`FETCH 1:* (UID FLAGS), ${size} messages`, 8, fetch);
    await client.logout();
  },
};

async function envelopes(client: ImapClient, count: number): Promise<void> {
  const { bytes } = await client.run('FETCH 1:* (ENVELOPE BODYSTRUCTURE)');
  enoughBytes(bytes, count * 300);
}

export const fetchEnvelopes: Workload = {
  name: 'fetch-envelopes',
  ceiling: true,
  async run(bench) {
    const { mail } = bench.scale.ground;
    const row = (state: string): string =>
      `FETCH 1:* (ENVELOPE BODYSTRUCTURE), ${mail} messages, ${state}`;
    const open = async (): Promise<ImapClient> => {
      const client = await bench.connect();
      await client.run('SELECT Mail');
      return client;
    };
    await bench.restart({ forget: true });
    const cold = await open();
    await bench.times(row('never asked before'), 1, () => envelopes(cold, mail));
    await bench.restart();
    const client = await open();
    await bench.times(row('after a restart'), 1, () => envelopes(client, mail));
    await envelopes(client, mail);
    await bench.times(row('warm'), 5, () => envelopes(client, mail));
    await client.logout();
  },
};

/** UIDs of `Mail` are 1 and on. */
function bodyLane(bench: Bench, client: ImapClient, seed: number): () => Promise<void> {
  const r = random(seed);
  return async () => {
    const uid = 1 + r.below(bench.scale.ground.mail);
    const { bytes } = await client.run(`UID FETCH ${uid} (BODY.PEEK[])`);
    enoughBytes(bytes, 300);
  };
}

export const bodies: Workload = {
  name: 'bodies',
  ceiling: true,
  async run(bench) {
    const { mail, mailBytes } = bench.scale.ground;
    const clients = await bench.connections(range(8).map(() => 0));
    for (const client of clients) await client.run('SELECT Mail');
    const [client] = clients;
    if (client === undefined) return;
    const all = async (): Promise<number> => (await client.run('FETCH 1:* (BODY.PEEK[])')).bytes;
    // So that the files are in memory, and the code compiled.
    for (let warm = 0; warm < 3; warm += 1) enoughBytes(await all(), (mail * mailBytes) / 3);
    const rounds: Timed[] = [];
    let bytes = 0;
    for (let round = 0; round < 5; round += 1)
      rounds.push(await bench.timed(async () => (bytes = await all())));
    const megabytes = bytes / 1e6;
    bench.rounds(`FETCH 1:* (BODY.PEEK[]), ${mail} messages, whole bodies`, { megabytes }, rounds);
    await bench.rate('single bodies, 1 connection', [bodyLane(bench, client, 1)]);
    await bench.rate(
      'single bodies, 8 connections',
      clients.map((one, n) => bodyLane(bench, one, n)),
    );
    for (const one of clients) one.close();
  },
};
