/** Whole sessions on a store of their own, without sockets: text in, text out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { defaultLimits } from '../../src/base/limits.ts';
import { silent } from '../../src/base/logger.ts';
import type { AccountRecord } from '../../src/model/account.ts';
import type { Response } from '../../src/model/response.ts';
import type { MessageLiteral } from '../../src/session/client.ts';
import { AccountConnections } from '../../src/session/connections.ts';
import { Session } from '../../src/session/session.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { encode } from '../../src/wire/write/response.ts';

let directory: string;
export let store: Store;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-messages-'));
  const options = { limits: defaultLimits, logger: silent, sync: 'relaxed' } as const;
  store = await openSqliteStore({ directory, ...options });
});

after(async () => {
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** One client's connection: what it sends as text, what it is told as text. */
export class Connection {
  readonly #session: Session;
  readonly #heard: string[] = [];
  readonly #ending = new AbortController();
  #pending: Promise<void> = Promise.resolve();

  constructor(user: AccountRecord) {
    this.#session = new Session({
      client: {
        secure: true,
        loopback: true,
        canStartTls: false,
        remoteAddress: '127.0.0.1',
        signal: this.#ending.signal,
        send: (response) => (this.#pending = this.#hear(response)),
        flush: () => undefined,
        line: () => Promise.resolve(undefined),
        compressed: false,
        compress: () => undefined,
        decompress: () => Promise.resolve(),
        startTls: () => Promise.resolve(),
      },
      store,
      authenticator: { check: () => Promise.resolve(user) },
      limits: defaultLimits,
      logger: silent,
      connections: new AccountConnections(10),
      serverId: [],
    });
  }

  async #hear(response: Response): Promise<void> {
    const encoded = encode(response, this.#session.options);
    let text = '';
    for (const piece of typeof encoded === 'string' ? [encoded] : encoded) {
      if (typeof piece === 'string') text += piece;
      else if (piece instanceof Uint8Array) text += Buffer.from(piece).toString('latin1');
      else for await (const chunk of piece.chunks) text += Buffer.from(chunk).toString('latin1');
    }
    if (response.kind === 'FETCH run') this.#heard.push(...text.slice(0, -2).split('\r\n'));
    else this.#heard.push(text.slice(0, -2));
  }

  /** Runs a command, tagged `a`; all it was told. */
  async run(command: string, message?: MessageLiteral): Promise<string[]> {
    this.#heard.length = 0;
    const bytes = Buffer.from(`a ${command}`, 'latin1');
    await this.#session.execute({ bytes, ...(message && { message }) });
    await this.#pending;
    return [...this.#heard];
  }

  /** APPEND with a literal, sent in small chunks. */
  async append(
    start: string,
    content: string,
    { binary = false, rest = '', breaksAt = Infinity } = {},
  ): Promise<string[]> {
    const bytes = Buffer.from(content, 'latin1');
    const step = bytes.length < 10_000 ? 7 : 10_007;
    return this.run(`APPEND ${start}${binary ? '~' : ''}{${bytes.length}}\r\n`, {
      size: bytes.length,
      binary,
      async *accept() {
        for (let at = 0; at < bytes.length; at += step) {
          if (at > breaksAt) throw new Error('the connection broke');
          yield await Promise.resolve(bytes.subarray(at, at + step));
        }
      },
      rest: () => Promise.resolve({ bytes: Buffer.from(rest) }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

let users = 0;

/** Connections of one new account, logged in, INBOX selected where asked for. */
export async function connect({
  messages = [] as readonly string[],
  connections = 1,
  enable = '',
} = {}): Promise<Connection[]> {
  const address = `user${++users}@example.org`;
  const user = await store.directory.add({ address, passwordHash: '' });
  const all: Connection[] = [];
  for (let i = 0; i < connections; i++) {
    const connection = new Connection(user);
    await connection.run('LOGIN u p');
    if (enable !== '') await connection.run(`ENABLE ${enable}`);
    all.push(connection);
  }
  for (const text of messages) await all[0]!.append('INBOX ', text);
  for (const connection of all) await connection.run('SELECT INBOX');
  return all;
}
