/** Our server, as an operator runs it: `restante serve` in a process of its own. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/app/open-store.ts';
import { version } from '../../src/app/version.ts';
import { hashPassword } from '../../src/auth/password.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { silent } from '../../src/base/logger.ts';
import { utc } from '../../src/model/date-time.ts';
import { flag } from '../../src/model/flag.ts';
import { mailboxName, type MailboxName } from '../../src/model/mailbox-name.ts';
import type { NewMessage, Store } from '../../src/store/store.ts';
import { copyGround, flagsOf } from '../ground.ts';
import { message, receivedAt } from '../messages.ts';
import { threadCpuMs } from '../processes.ts';
import { serveProcess, type ServeProcess } from './serve-process.ts';
import {
  accounts,
  crowdUser,
  dearAccounts,
  dearUser,
  password,
  user,
  type Ground,
  type LoopDelay,
  type Setting,
  type Target,
} from './target.ts';

const repository = join(import.meta.dirname, '../..');
/** The histogram counts the interval of its timer too. */
const timerMs = 10;

export interface RestanteOptions {
  readonly directory: string;
  readonly tls: { readonly cert: string; readonly key: string };
  /** Where `--cpu-prof` puts what it sees. */
  readonly profiles?: string | undefined;
}

export class Restante implements Target {
  readonly name = 'restante';
  readonly version = version();
  /** CPU milliseconds of its threads while it was profiled. */
  readonly threads = new Map<string, number>();
  readonly #options: RestanteOptions;
  #process: ServeProcess | undefined;
  #setting: Setting | undefined;

  constructor(options: RestanteOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
    // A copy, so that nobody who works on it meanwhile changes what is measured.
    for (const name of ['src', 'package.json']) {
      cpSync(join(repository, name), join(this.#code, name), { recursive: true });
    }
    symlinkSync(join(repository, 'node_modules'), join(this.#code, 'node_modules'));
  }

  get #code(): string {
    return `${this.#options.directory}-code`;
  }

  get imap(): number {
    return this.#port('imap');
  }

  get imaps(): number {
    return this.#port('imaps');
  }

  get lmtp(): number {
    return this.#port('lmtp');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async fill(ground: Ground): Promise<void> {
    {
      await using store = await openStore(
        { scheme: 'sqlite', directory: this.#options.directory },
        { limits: defaultLimits, quota: {}, logger: silent, sync: 'full' },
      );
      await addAccounts(store);
      await fillMail(store, {
        user: user(0),
        mailbox: 'Mail',
        count: ground.mail,
        bytes: ground.mailBytes,
      });
      await fillMail(store, { user: user(0), mailbox: 'S1000', count: 1000, bytes: 4000 });
      for (let number = 1; number <= ground.inboxes; number += 1) {
        await fillMail(store, {
          user: user(number),
          mailbox: 'INBOX',
          count: ground.inbox,
          bytes: 4000,
        });
      }
      await addCrowd(store, ground.crowd);
    }
    await this.start('loading');
    await copyGround(this, ground);
    await this.stop();
  }

  async start(setting: Setting): Promise<void> {
    if (this.#setting === setting) return;
    await this.stop();
    const { directory, tls, profiles } = this.#options;
    const words = [
      ...(this.#isProfiled(setting) ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : []),
      join(this.#code, 'src/main.ts'),
      'serve',
      '--store',
      `sqlite:${directory}`,
      ...['imap', 'imaps', 'lmtp', 'http'].flatMap((scheme) => [
        '--listen',
        `${scheme}://127.0.0.1:0`,
      ]),
      '--tls-cert',
      tls.cert,
      '--tls-key',
      tls.key,
      '--sync',
      setting === 'relaxed' || setting === 'loading' ? 'relaxed' : 'full',
      '--log-level',
      'error',
      '--limits',
      'connectionsPerAccountMax=1000',
      ...(setting === 'one' ? ['--workers', '1'] : []),
      ...(setting === 'two' ? ['--workers', '2'] : []),
    ];
    this.#process = await serveProcess([process.execPath, ...words], { ready: 'restante: ready' });
    this.#setting = setting;
  }

  #isProfiled(setting: Setting | undefined): boolean {
    return this.#options.profiles !== undefined && setting !== 'loading';
  }

  async stop(): Promise<void> {
    if (this.#process !== undefined && this.#isProfiled(this.#setting)) {
      for (const [name, ms] of threadCpuMs(this.pid)) {
        this.threads.set(name, (this.threads.get(name) ?? 0) + ms);
      }
    }
    await this.#process?.stop();
    this.#process = undefined;
    this.#setting = undefined;
  }

  forget(): void {
    // Everything it computes of a message it computes before it says that it has the message.
  }

  log(): string {
    return this.#process?.log() ?? '';
  }

  async loopDelay(): Promise<LoopDelay> {
    const answer = await fetch(`http://127.0.0.1:${this.#port('http')}/metrics`);
    const text = await answer.text();
    const read = (name: string): number => {
      const found = new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, 'm').exec(text);
      return Math.max(0, Number(found?.[1]) * 1000 - timerMs);
    };
    return { p99Ms: read('p99'), maxMs: read('max') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #port(scheme: string): number {
    const found = new RegExp(`(?:^| )${scheme}://[^ ]*:(\\d+)`).exec(this.#process?.line ?? '');
    if (found === null) throw new Error('restante does not run');
    return Number(found[1]);
  }
}

async function addAccounts(store: Store): Promise<void> {
  const shared = await hashPassword(password);
  for (let number = 0; number < accounts; number += 1) {
    await store.directory.add({ address: user(number), passwordHash: shared });
  }
  for (let number = 0; number < dearAccounts; number += 1) {
    const passwordHash = await hashPassword(password);
    await store.directory.add({ address: dearUser(number), passwordHash });
  }
}

async function addCrowd(store: Store, count: number): Promise<void> {
  const shared = await hashPassword(password);
  // Several at a time, since making an account is mostly waiting for the disk.
  const lane = async (first: number): Promise<void> => {
    for (let number = first; number < count; number += 8) {
      const address = crowdUser(number);
      await store.directory.add({ address, passwordHash: shared });
      await fillMail(store, { user: address, mailbox: 'INBOX', count: 10, bytes: 4000 });
    }
  };
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(lane));
}

interface Filling {
  readonly user: string;
  readonly mailbox: string;
  readonly count: number;
  readonly bytes: number;
}

/** Through the store: the same code that APPEND runs, without one sync for each message. */
async function fillMail(
  store: Store,
  { user: address, mailbox, count, bytes }: Filling,
): Promise<void> {
  const record = await store.directory.find(address);
  if (record === undefined) throw new Error(`no account ${address}`);
  await using account = await store.open(record.id);
  const name: MailboxName = mailboxName(mailbox);
  const found = (await account.mailboxes()).find((one) => one.name === name);
  const { id } = found ?? (await account.create(name));
  for (let from = 0; from < count; from += 100) {
    const batch: NewMessage[] = [];
    for (let number = from; number < Math.min(from + 100, count); number += 1) {
      batch.push({
        staged: await account.stage(once(message(number, { bytes }))),
        flags: flagsOf(number).map(flag),
        internalDate: utc(receivedAt(number)),
      });
    }
    await account.append(id, batch);
    for (const { staged } of batch) await staged[Symbol.asyncDispose]();
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
