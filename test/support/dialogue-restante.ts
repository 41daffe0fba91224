import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { startServer, type RunningServer } from '../../src/app/embedded.ts';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { silent, type Logger } from '../../src/base/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { DialogueServer } from './dialogue-server.ts';

const password = 'secret';

/** What a fixture's `server: …` asks for. */
export const kinds: Readonly<Record<string, Partial<Limits>>> = {
  plain: {},
  /** Limits that a dialogue can reach. */
  tight: {
    lineBytesMax: 1000,
    commandLiteralBytesMax: 2000,
    messageBytesMax: 5000,
    parseDepthMax: 8,
    searchKeysMax: 20,
    keywordsMax: 5,
    keywordBytesMax: 20,
    mailboxesMax: 10,
    loginFailuresPerConnectionMax: 2,
    badCommandsBeforeLoginMax: 3,
    badCommandsMax: 5,
  },
};

/** Our own server in this process: one store for all dialogues, an account for each. */
export async function restante(): Promise<DialogueServer> {
  // Nothing here has to survive a power loss, and memory syncs at once.
  const memory = '/dev/shm';
  const directory = await mkdtemp(
    join(existsSync(memory) ? memory : tmpdir(), 'restante-dialogues-'),
  );
  const logger = process.env['RESTANTE_TEST_LOG'] === undefined ? silent : stderrLogger;
  const store = await openSqliteStore({
    directory,
    limits: defaultLimits,
    logger,
    sync: 'relaxed',
  });
  const authenticator: Authenticator = {
    check: async (attempt) =>
      attempt.password === password ? await store.directory.find(attempt.user) : undefined,
  };
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
  });
  const servers = new Map<string, Promise<RunningServer>>();
  const server = (kind: string): Promise<RunningServer> => {
    const limits = kinds[kind];
    if (limits === undefined) throw new Error(`no such server: ${kind}`);
    const started =
      servers.get(kind) ??
      startServer({
        store,
        authenticator,
        listen: ['imap://127.0.0.1:0'],
        tls: { cert: certificate.cert, key: certificate.private },
        limits: { connectionsPerAddressMax: 1000, shutdownTimeMs: 100, ...limits },
        logger,
      });
    servers.set(kind, started);
    return started;
  };
  let users = 0;
  return {
    name: 'restante',
    password,
    address: async (kind) => {
      const [bound] = (await server(kind)).addresses;
      if (bound?.scheme !== 'imap') throw new Error('not bound');
      return { host: '127.0.0.1', port: bound.port };
    },
    addUser: async () => {
      const account = await store.directory.add({
        address: `user${++users}@example.org`,
        passwordHash: 'never looked at',
      });
      return account.address;
    },
    close: async () => {
      for (const started of servers.values()) await (await started).close();
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const stderrLogger: Logger = {
  ...silent,
  warn: (facts, text) => void process.stderr.write(`${text} ${JSON.stringify(facts)}\n`),
  error: (facts, text) =>
    void process.stderr.write(
      `${text} ${JSON.stringify(facts)} ${String((facts['error'] as Error | undefined)?.stack)}\n`,
    ),
  child: () => stderrLogger,
};
