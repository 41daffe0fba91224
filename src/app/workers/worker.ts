/** A process that serves some of the connections, under a primary that starts and stops it. */
import type { Metrics } from '../../http/metrics.ts';
import { StoreError } from '../../store/store-error.ts';
import type { Store } from '../../store/store.ts';
import { ConfigError } from '../config-error.ts';
import { startServer, type RunningServer } from '../embedded.ts';
import { createLogger } from '../log.ts';
import { metricsFor } from '../metrics-for.ts';
import { openStore } from '../open-store.ts';
import { stopSignal } from '../signals.ts';
import { rehearsing } from '../rehearsal.ts';
import { explained, StartError } from '../start-error.ts';
import { tending } from '../tending.ts';
import { Line } from './line.ts';
import { watchLoad } from './load.ts';
import type { FromWorker, Orders, Question, ToWorker, WorkerTls } from './messages.ts';
import { sender } from './sender.ts';

type Send = (message: FromWorker) => void;

/** What a worker has once it serves. */
interface Parts {
  readonly server: RunningServer;
  readonly store: Store;
  readonly metrics: Metrics | undefined;
}

/** Serves until the primary or a signal says stop; resolves with the exit code. A primary that dies ends it at once. */
export async function runWorker(): Promise<number> {
  // The primary's business, though a terminal or `kill` may send it to all of us.
  process.on('SIGHUP', () => undefined);
  const sendNow = (message: FromWorker, done: (error: Error | null) => void): boolean =>
    process.send?.(message, undefined, undefined, done) ?? true;
  const send: Send = sender<FromWorker>({
    get connected() {
      return process.connected;
    },
    send: sendNow,
  });
  const line = new Line(send);
  const orders = Promise.withResolvers<Orders>();
  const stop = Promise.withResolvers<void>();
  let parts: Parts | undefined;
  let newTls: WorkerTls | undefined;
  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        line.alone = message.orders.alone;
        orders.resolve(message.orders);
        break;
      case 'tls':
        newTls = message.tls;
        parts?.server.replaceTls(newTls);
        break;
      case 'ask':
        void answer(message.question, parts).then((found) =>
          send({ kind: 'answer', id: message.id, answer: found }),
        );
        break;
      case 'company':
        line.alone = false;
        break;
      case 'stop':
        stop.resolve();
        break;
      default:
        line.heard(message);
    }
  });
  send({ kind: 'hello' });
  try {
    return await serve(await orders.promise, {
      line,
      stop: stop.promise,
      busy: (busy) => send({ kind: 'busy', busy }),
      serving: (found) => {
        parts = found;
        if (newTls !== undefined) found.server.replaceTls(newTls);
        send({ kind: 'serving', addresses: found.server.addresses });
      },
    });
  } catch (error) {
    const reason = explained(error) as Error;
    const isExpected =
      reason instanceof StartError || reason instanceof StoreError || reason instanceof ConfigError;
    const text = isExpected ? reason.message : String(reason.stack);
    // It must be out before the channel closes.
    await new Promise((done) => sendNow({ kind: 'failed', text }, done));
    return 1;
  } finally {
    if (process.connected) process.disconnect();
  }
}

interface Serving {
  readonly line: Line;
  readonly stop: Promise<void>;
  readonly busy: (busy: boolean) => void;
  readonly serving: (parts: Parts) => void;
}

async function serve(
  { config, tls, number }: Orders,
  { line, stop, busy, serving }: Serving,
): Promise<number> {
  const logger = createLogger(config.log).child({ worker: number });
  const signal = stopSignal(logger);
  const { limits, trusted, listen, sync, capabilities, admin, comment, quota } = config;
  const metrics = await metricsFor(config);
  await using store = await openStore(config.store, {
    limits,
    quota: quota.limits,
    logger,
    sync,
    bus: line,
    ...(metrics && { onSync: (durationMs) => metrics.storeSynced(durationMs) }),
  });
  await using server = await startServer({
    store,
    // What is asked over HTTP concerns all workers: the primary answers it.
    listen: listen.filter(({ scheme }) => scheme !== 'http'),
    tls,
    limits,
    capabilities,
    overQuota: quota.lmtp,
    logger,
    trusted,
    admin,
    comment,
    shared: line,
    ...(metrics && { metrics }),
  });
  serving({ server, store, metrics });
  using _ = watchLoad(server, busy);
  using _tending = tending(store, { logger });
  await using _rehearsal = rehearsing({ limits, logger });
  await Promise.race([stop, signal]);
  await server.close();
  return 0;
}

/** What cannot be answered is null. */
async function answer(question: Question, parts: Parts | undefined): Promise<unknown> {
  try {
    if (question === 'metrics') return (await parts?.metrics?.values()) ?? null;
    await parts?.store.directory.find('nobody@localhost');
    return parts === undefined ? null : true;
  } catch {
    return null;
  }
}
