/** What the first clients of a process ask for, asked by nobody before they come. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Limits } from '../base/limits.ts';
import { silent, type Logger } from '../base/logger.ts';
import { utc } from '../model/date-time.ts';
import { flag } from '../model/flag.ts';
import { inbox } from '../model/mailbox-name.ts';
import type { Response } from '../model/response.ts';
import type { Client } from '../session/client.ts';
import { AccountConnections } from '../session/connections.ts';
import { Session } from '../session/session.ts';
import type { Store } from '../store/store.ts';
import { encode } from '../wire/write/response.ts';
import { openStore } from './open-store.ts';

const user = 'rehearsal@localhost';
/** INBOX is made ready behind each login, so another mailbox is selected too, of which nothing is in memory. */
const dialogue = [`LOGIN ${user} none`, 'SELECT INBOX', 'SELECT Drafts', 'LOGOUT'];

/** How often: code is translated at its first run, and again when it has run some times. */
const rounds = 10;
/** Between two rounds, which take a millisecond or two, those who are really there have their turns. */
const pauseMs = 2;
/** So long after it was written a file is looked into without a connection, which most accounts are. */
const restMs = 150;

const prefix = 'restante-rehearsal-';
/** A folder so old is nobody's: its process was killed. */
const leftMs = 60 * 60 * 1000;

export interface RehearsalOptions {
  readonly limits: Limits;
  readonly logger: Logger;
  /** What the clients of the rehearsal are told, for tests. */
  readonly told?: (response: Response) => void;
}

/**
 * Logs in to an account of the process's own, made for this and kept in the system's folder for temporary files, so that no client is the first for whom the code of
 * a login runs (docs/decisions/0031-rehearsal.md). In the background, until it is disposed; what goes wrong is of no consequence.
 */
export function rehearsing(options: RehearsalOptions): AsyncDisposable {
  const stop = new AbortController();
  const done = rehearse(options, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) options.logger.debug({ error }, 'nothing was rehearsed');
  });
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return done;
    },
  };
}

async function rehearse(options: RehearsalOptions, signal: AbortSignal): Promise<void> {
  await tidy();
  const directory = await mkdtemp(join(tmpdir(), prefix));
  try {
    // No account stays open that nobody uses.
    const limits = { ...options.limits, idleAccountsBytesMax: 1 };
    const open = (): Promise<Store> =>
      openStore(
        { scheme: 'sqlite', directory },
        { limits, quota: {}, logger: silent, sync: 'relaxed' },
      );
    {
      await using store = await open();
      await fill(store);
    }
    await wait(restMs, undefined, { signal, ref: false });
    await using store = await open();
    const play = player(store, { ...options, limits });
    for (let round = 0; round < rounds; round++) {
      await wait(pauseMs, undefined, { signal, ref: false });
      await play(signal);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Removes what processes left that were killed meanwhile; another user's folders stay. */
async function tidy(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const path = join(tmpdir(), name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > leftMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** An account with some mail, part of which was read. */
async function fill(store: Store): Promise<void> {
  const { id } = await store.directory.add({ address: user, passwordHash: 'none' });
  await using account = await store.open(id);
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('Subject: rehearsal\r\n\r\nNobody reads this.\r\n');
  }
  const names = [inbox, (await account.mailboxes()).find(({ name }) => name === 'Drafts')?.name];
  for (const name of names) {
    const mailbox = name && (await account.mailbox(name));
    if (mailbox === undefined) continue;
    await using staged = await account.stage(content());
    const message = { staged, internalDate: utc(0) };
    await account.append(mailbox.id, [
      { ...message, flags: [flag('\\Seen'), flag('$Forwarded')] },
      { ...message, flags: [] },
    ]);
  }
}

/** Plays a client from its greeting to its end. */
function player(
  store: Store,
  { limits, told }: RehearsalOptions,
): (signal: AbortSignal) => Promise<void> {
  const parts = {
    store,
    limits,
    logger: silent,
    // Deriving a key takes a processor for 12 ms and many megabytes, and no less the second time.
    authenticator: { check: () => store.directory.find(user) },
    connections: new AccountConnections(limits.connectionsPerAccountMax),
    serverId: [],
  };
  return async (signal) => {
    const client: Client = {
      secure: false,
      loopback: true,
      canStartTls: false,
      compressed: false,
      remoteAddress: '127.0.0.1',
      signal,
      send(response) {
        encode(response, session.options);
        told?.(response);
        return undefined;
      },
      flush: () => undefined,
      line: () => Promise.resolve(undefined),
      startTls: () => Promise.resolve(),
      compress: () => undefined,
      decompress: () => Promise.resolve(),
    };
    await using session = new Session({ ...parts, client });
    await session.greeting();
    for (const words of dialogue) await session.execute({ bytes: Buffer.from(`a ${words}`) });
  };
}
