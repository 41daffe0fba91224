/** How soon a client in IDLE hears of a message: from the end of its delivery's DATA to `EXISTS`. */
import { setTimeout as wait } from 'node:timers/promises';
import { range, type Bench, type Workload } from '../bench.ts';
import type { ImapClient } from '../imap-client.ts';
import { LmtpClient } from '../lmtp-client.ts';
import { message } from '../messages.ts';
import { user } from '../targets/target.ts';

const waitMs = 5000;
const firstAccount = 95;
const content = message(9, { bytes: 4096, exact: true });

/** A client in IDLE that knows when each number of messages was announced. */
class Listener {
  #count = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  #pending = '';

  static async open(
    bench: Bench,
    account: number,
  ): Promise<{ listener: Listener; client: ImapClient }> {
    const client = await bench.connect(account);
    const opened = await client.ask('SELECT INBOX');
    const listener = new Listener();
    listener.#count = Number(/\* (\d+) EXISTS/.exec(opened)?.[1]);
    await client.idle((chunk) => listener.#feed(chunk.toString('latin1')));
    return { listener, client };
  }

  get count(): number {
    return this.#count;
  }

  /** Resolves when so many messages are known. */
  async known(count: number): Promise<void> {
    if (this.#count >= count) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = setTimeout(() => reject(new Error(`no EXISTS for ${waitMs} ms`)), waitMs);
    this.#waiting.push({ count, resolve });
    await promise;
    clearTimeout(late);
  }

  #feed(text: string): void {
    this.#pending += text;
    for (const [, count] of this.#pending.matchAll(/\* (\d+) EXISTS\r\n/g))
      this.#count = Number(count);
    this.#pending = this.#pending.slice(this.#pending.lastIndexOf('\n') + 1);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (count > this.#count) return true;
      resolve();
      return false;
    });
  }
}

export const notify: Workload = {
  name: 'notify',
  ceiling: false,
  async run(bench) {
    await quiet(bench);
    await busy(bench, 100);
  },
};

async function quiet(bench: Bench): Promise<void> {
  const { listener, client } = await Listener.open(bench, firstAccount);
  const mta = await LmtpClient.connect(bench.target.lmtp);
  const times: number[] = [];
  // A server with a fixed delay would take minutes for more.
  const until = performance.now() + 4000;
  const { cpuMs, loop } = await bench.observe(async () => {
    while (times.length < 100 && performance.now() < until) {
      const next = listener.count + 1;
      const start = performance.now();
      await Promise.all([mta.deliver(user(firstAccount), content), listener.known(next)]);
      times.push(performance.now() - start);
      await wait(5);
    }
  });
  bench.durations(
    'delivery to EXISTS, one at a time',
    times.slice(Math.min(5, times.length >> 1)),
    { cpuMs: cpuMs / times.length, ...loop },
  );
  for (const one of [mta, client]) one.close();
}

/** So many deliveries a second to twenty accounts that listen. */
export async function busy(bench: Bench, perSecond: number): Promise<void> {
  const open = await Promise.all(range(20).map((n) => Listener.open(bench, firstAccount + n)));
  const mtas = await Promise.all(range(20).map(() => LmtpClient.connect(bench.target.lmtp)));
  const { result, cpuMs, loop } = await bench.observe(() => deliver(open, mtas, perSecond));
  bench.durations(`delivery to EXISTS at ${perSecond} deliveries/s`, result, {
    cpuMs: cpuMs / result.length,
    ...loop,
  });
  for (const one of [...mtas, ...open.map(({ client }) => client)]) one.close();
}

/** Delivers for three seconds; how long each delivery took to be heard of. */
async function deliver(
  open: readonly { readonly listener: Listener }[],
  mtas: readonly LmtpClient[],
  perSecond: number,
): Promise<number[]> {
  const times: number[] = [];
  const tails = open.map(() => Promise.resolve());
  const expected = open.map(({ listener }) => listener.count);
  const heard: Promise<void>[] = [];
  const total = perSecond * 3;
  const start = performance.now();
  for (let number = 0; number < total; number += 1) {
    const due = start + (number * 1000) / perSecond;
    if (due > performance.now()) await wait(due - performance.now());
    const lane = number % open.length;
    const [listener, mta] = [open[lane]!.listener, mtas[lane]!];
    tails[lane] = tails[lane]!.then(async () => {
      const count = (expected[lane]! += 1);
      const sent = performance.now();
      heard.push(listener.known(count).then(() => void times.push(performance.now() - sent)));
      await mta.deliver(user(firstAccount + lane), content);
    });
  }
  await Promise.all(tails);
  await Promise.all(heard);
  return times;
}
