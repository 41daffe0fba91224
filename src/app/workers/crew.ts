import cluster, { type Worker } from 'node:cluster';
import { extname, join } from 'node:path';
import type { Limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import { collectorFlags } from '../collector.ts';
import type { Workers } from '../config.ts';
import { newTicketKeys, ticketKeysMs } from '../../server/tls-identity.ts';
import type { BoundAddress } from '../embedded.ts';
import { StartError } from '../start-error.ts';
import type { TlsTexts } from '../tls-files.ts';
import { Exchange } from './exchange.ts';
import type { FromWorker, Orders, Question, ToWorker, WorkerTls } from './messages.ts';
import { watchRoom } from './room.ts';
import { sender } from './sender.ts';

export interface CrewOptions {
  readonly workers: Workers;
  readonly config: Orders['config'];
  readonly tls: TlsTexts | undefined;
  readonly logger: Logger;
}

/** A worker's place: whoever dies in it has a successor. */
interface Place {
  readonly number: number;
  worker: Worker | undefined;
  send: (message: ToWorker) => void;
  isServing: boolean;
  isBusy: boolean;
  /** In `performance.now()`. */
  startedAt: number;
  /** How often in a row one died before it had served for `settledMs`. */
  deaths: number;
  failure: string | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** A worker that lived so long had no trouble in starting. */
const settledMs = 10_000;
/** The pause before a successor of one that died young; it doubles with each. */
const firstPauseMs = 100;
const pauseMaxMs = 10_000;
/** When nobody serves and each place has lost so many, whoever started us should know. */
const deathsMax = 6;
const answerTimeMs = 2000;
/** What a worker that stops may take beyond the time it gives its connections. */
const graceMs = 5000;

/**
 * The workers: started together, joined by further ones when all are busy, replaced when they die, stopped together. They
 * listen through Node's cluster: this process holds the addresses and each worker takes connections from them by itself,
 * which costs nothing, and who is busy takes fewer.
 */
export class Crew {
  readonly #options: CrewOptions;
  readonly #places: Place[] = [];
  readonly #exchange = new Exchange();
  readonly #started = Promise.withResolvers<readonly BoundAddress[]>();
  readonly #lost = Promise.withResolvers<void>();
  readonly #questions = new Map<number, (answer: unknown) => void>();
  #tls: WorkerTls | undefined;
  #rotation: NodeJS.Timeout | undefined;
  /** While all workers are busy. */
  #room: Disposable | undefined;
  #addresses: readonly BoundAddress[] | undefined;
  #isStopping = false;
  #gone: (() => void) | undefined;
  #question = 0;
  /** How often a worker was replaced. */
  replaced = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#tls = options.tls && { ...options.tls, ticketKeys: newTicketKeys() };
  }

  /** Resolves when all serve, with what they listen on. Rejects with StartError when one cannot; then stop the others. */
  async start(): Promise<readonly BoundAddress[]> {
    const file = join(import.meta.dirname, `../../worker${extname(import.meta.filename)}`);
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    // What an operator gave node comes last, and so counts.
    const execArgv = [...collectorFlags, ...process.execArgv];
    cluster.setupPrimary({ exec: file, args: [], execArgv });
    const renew = (): void => this.#tls && this.replaceTls(this.#tls);
    this.#rotation = setInterval(renew, ticketKeysMs).unref();
    for (let count = 0; count < this.#options.workers.least; count++) this.#enlarge();
    return (this.#addresses = await this.#started.promise);
  }

  /** Resolves when there are no workers any more and new ones die as soon as they start. */
  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  get serving(): number {
    return this.#places.filter(({ isServing }) => isServing).length;
  }

  /** Tickets of sessions that began before are void: a new certificate is to be seen by all. */
  replaceTls(files: TlsTexts): void {
    const tls = { ...files, ticketKeys: newTicketKeys() };
    this.#tls = tls;
    for (const { send } of this.#places) send({ kind: 'tls', tls });
  }

  /** What those who serve answer, except those who cannot or take too long. */
  async ask(question: Question): Promise<unknown[]> {
    const serving = this.#places.filter(({ isServing }) => isServing);
    const answers = await Promise.all(serving.map(({ send }) => this.#ask(send, question)));
    return answers.filter((answer) => answer !== null);
  }

  /** Has all drain, and resolves when they are gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#rotation);
    this.#relieve();
    const gone = new Promise<void>((resolve) => (this.#gone = resolve));
    for (const { timer, send } of this.#places) {
      clearTimeout(timer);
      send({ kind: 'stop' });
    }
    const late = setTimeout(() => {
      for (const { worker, number } of this.#places) {
        if (worker === undefined) continue;
        this.#options.logger.warn({ worker: number }, 'a worker did not stop in time');
        worker.process.kill('SIGKILL');
      }
    }, this.#options.config.limits.shutdownTimeMs + graceMs);
    this.#look();
    await gone;
    clearTimeout(late);
  }

  #enlarge(): void {
    const place: Place = {
      number: this.#places.length + 1,
      worker: undefined,
      send: () => undefined,
      isServing: false,
      isBusy: false,
      startedAt: 0,
      deaths: 0,
      failure: undefined,
      timer: undefined,
    };
    // Before the newcomer can write, those who serve have to look for what it wrote.
    for (const { send } of this.#places) send({ kind: 'company' });
    this.#places.push(place);
    this.#relieve();
    this.#fork(place);
  }

  /**
   * One more where all have much to do and the machine has processor time for it; one at a time, since it takes some of
   * their work first. The machine is looked at only while all are busy.
   */
  #relieve(): void {
    const wanted =
      !this.#isStopping &&
      this.#places.length < this.#options.workers.most &&
      this.#places.every(({ isServing, isBusy }) => isServing && isBusy);
    if (wanted) {
      this.#room ??= watchRoom((hasRoom) => {
        if (hasRoom) this.#enlarge();
      });
      return;
    }
    this.#room?.[Symbol.dispose]();
    this.#room = undefined;
  }

  #orders({ number }: Place): Orders {
    const { config, workers } = this.#options;
    return {
      config: { ...config, limits: shareOf(config.limits, Math.max(number, workers.least)) },
      tls: this.#tls,
      number,
      alone: this.#places.length === 1,
    };
  }

  #fork(place: Place): void {
    const worker = cluster.fork();
    const send = sender<ToWorker>({
      get connected() {
        return worker.isConnected();
      },
      send: (message, done) => worker.send(message, done),
    });
    Object.assign(place, { worker, send, startedAt: performance.now(), failure: undefined });
    this.#exchange.join(place.number, send);
    worker.on('message', (message: FromWorker) => this.#heard(place, message));
    worker.on('error', (error) =>
      this.#options.logger.error({ err: error, worker: place.number }, 'a worker is out of reach'),
    );
    worker.on('exit', (code: number | null, signal: string | null) =>
      this.#died(place, { code, signal, pid: worker.process.pid }),
    );
  }

  #heard(place: Place, message: FromWorker): void {
    switch (message.kind) {
      case 'hello':
        place.send({ kind: 'start', orders: this.#orders(place) });
        if (this.#isStopping) place.send({ kind: 'stop' });
        break;
      case 'serving':
        this.#serves(place, message.addresses);
        break;
      case 'busy':
        place.isBusy = message.busy;
        this.#relieve();
        break;
      case 'failed':
        place.failure = message.text;
        break;
      case 'answer':
        this.#questions.get(message.id)?.(message.answer);
        break;
      default:
        this.#exchange.heard(place.number, message);
    }
  }

  #serves(place: Place, addresses: readonly BoundAddress[]): void {
    const { logger, workers } = this.#options;
    const { number: worker } = place;
    place.isServing = true;
    place.isBusy = false;
    logger.info({ worker, pid: place.worker?.process.pid }, 'a worker serves');
    if (this.#addresses === undefined) {
      if (this.serving === workers.least) this.#started.resolve(addresses);
      return;
    }
    // All had died, and with them the hold on a port that was not chosen by the configuration.
    const moved = addresses.filter(({ url }, index) => url !== this.#addresses?.[index]?.url);
    if (moved.length > 0)
      logger.error({ worker, addresses: moved.map(({ url }) => url) }, 'addresses have changed');
  }

  #died(
    place: Place,
    facts: { code: number | null; signal: string | null; pid?: number | undefined },
  ): void {
    const { number: worker, isServing, failure } = place;
    const { logger } = this.#options;
    place.worker = undefined;
    place.isServing = false;
    this.#relieve();
    place.send = () => undefined;
    this.#exchange.leave(worker);
    if (this.#isStopping) return this.#look();
    if (this.#addresses === undefined) {
      const how = facts.signal ?? `exit code ${facts.code}`;
      this.#started.reject(new StartError(failure ?? `a worker could not start (${how})`));
      return;
    }
    const consequence = isServing ? '; its connections are lost' : ' before it served';
    logger.error({ worker, ...facts, ...(failure && { failure }) }, `a worker died${consequence}`);
    const settled = isServing && performance.now() - place.startedAt >= settledMs;
    place.deaths = settled ? 0 : place.deaths + 1;
    if (this.serving === 0 && this.#places.every(({ deaths }) => deaths >= deathsMax)) {
      this.#lost.resolve();
      return;
    }
    const pause = settled ? 0 : Math.min(pauseMaxMs, firstPauseMs * 2 ** (place.deaths - 1));
    place.timer = setTimeout(() => {
      this.replaced += 1;
      this.#fork(place);
    }, pause);
  }

  #look(): void {
    if (this.#places.every(({ worker }) => worker === undefined)) this.#gone?.();
  }

  async #ask(send: (message: ToWorker) => void, question: Question): Promise<unknown> {
    const id = ++this.#question;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#questions.set(id, resolve);
    const late = setTimeout(() => resolve(null), answerTimeMs);
    send({ kind: 'ask', id, question });
    const answer = await promise;
    clearTimeout(late);
    this.#questions.delete(id);
    return answer;
  }
}

/**
 * The limits on memory are divided; connections are counted over all workers. One that is started later gets its share of
 * what all would have by then, and the first keeps what they have, since nobody knows whether others will be needed.
 */
function shareOf(limits: Limits, size: number): Limits {
  return {
    ...limits,
    indexCacheBytesMax: Math.ceil(limits.indexCacheBytesMax / size),
    idleAccountsBytesMax: Math.ceil(limits.idleAccountsBytesMax / size),
  };
}
