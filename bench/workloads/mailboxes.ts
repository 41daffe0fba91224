/** Opening mailboxes and asking about them. */
import type { Bench, Workload } from '../bench.ts';
import type { ImapClient } from '../imap-client.ts';

/** How often the server is started again for a cold SELECT. */
const coldRounds = 5;

/** Without a look at the server's metrics, which would be the last thing that it did before. */
async function timeOf(step: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

/** A client of a server that knows nothing of its account. The mailbox is cold, not the server: others have been at work. */
async function coldClient(bench: Bench, others: number): Promise<ImapClient> {
  await bench.restart();
  for (let account = 1; account <= others; account += 1) {
    const other = await bench.connect(account);
    for (let warm = 0; warm < 20; warm += 1) await other.run('SELECT INBOX');
    await other.logout();
  }
  return await bench.connect();
}

export const select: Workload = {
  name: 'select',
  ceiling: false,
  async run(bench) {
    const { sizes, inboxes } = bench.scale.ground;
    for (const size of sizes) {
      const cold: number[] = [];
      for (let round = 1; round < coldRounds; round += 1) {
        const client = await coldClient(bench, inboxes);
        cold.push(await timeOf(() => client.run(`SELECT S${size}`)));
        await client.logout();
      }
      const client = await coldClient(bench, inboxes);
      const last = await bench.timed(() => client.run(`SELECT S${size}`));
      const { cpuMs, loop } = last;
      bench.durations(`SELECT, ${size} messages, cold`, [...cold, last.ms], { cpuMs, ...loop });
      await bench.steadyTimes(`SELECT, ${size} messages, warm`, 200, () =>
        client.run(`SELECT S${size}`),
      );
      await client.logout();
    }
  },
};

export const status: Workload = {
  name: 'status',
  ceiling: false,
  async run(bench) {
    const { boxes } = bench.scale.ground;
    const items = '(MESSAGES UNSEEN UIDNEXT UIDVALIDITY)';
    const client = await bench.connect();
    const all = Array.from({ length: boxes }, (_, n) => `STATUS box/${n} ${items}`);
    await bench.steadyTimes(`STATUS of ${boxes} mailboxes, pipelined`, 20, () =>
      client.pipeline(all),
    );
    await bench.steadyTimes(`LIST with STATUS of ${boxes} mailboxes`, 20, () =>
      client.run(`LIST "" box/% RETURN (STATUS ${items})`),
    );
    await client.logout();
  },
};

/** A device that comes back after a while. */
export const qresync: Workload = {
  name: 'qresync',
  ceiling: false,
  async run(bench) {
    const size = bench.scale.ground.sizes.findLast((one) => one <= 100_000) ?? 1000;
    const desk = await bench.connect();
    const phone = await bench.connect();
    await phone.run('ENABLE QRESYNC');
    const opened = await desk.ask(`SELECT S${size} (CONDSTORE)`);
    const validity = /UIDVALIDITY (\d+)/.exec(opened)?.[1];
    const highest = async (): Promise<string> => {
      const text = await phone.ask(`STATUS S${size} (HIGHESTMODSEQ)`);
      return /HIGHESTMODSEQ (\d+)/.exec(text)?.[1] ?? '1';
    };
    const again = async (): Promise<number[]> => {
      const times: number[] = [];
      for (let round = 0; round < 20; round += 1) {
        const known = await highest();
        const step = Math.floor(size / 10);
        for (let n = 0; n < 10; n += 1) {
          const change = round % 2 === 0 ? '+' : '-';
          await desk.run(`STORE ${1 + n * step + (round >> 1)} ${change}FLAGS.SILENT (\\Flagged)`);
        }
        const start = performance.now();
        const answer = await phone.ask(`SELECT S${size} (QRESYNC (${validity} ${known}))`);
        times.push(performance.now() - start);
        const told = answer.match(/ FETCH \(/g)?.length ?? 0;
        if (told < 10) throw new Error(`QRESYNC told ${told} changes of 10`);
        await phone.run('UNSELECT');
      }
      return times;
    };
    // The CPU is that of the changes too, so it is not told.
    const { result, loop } = await bench.observe(again);
    bench.durations(`QRESYNC after 10 changes in ${size} messages`, result, loop);
    for (const client of [desk, phone]) await client.logout();
  },
};
