/** A store in a directory and our servers on it, in this process, for dialogues. */
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { startServer, type RunningServer } from '../../src/app/embedded.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { silent, type Logger } from '../../src/base/logger.ts';
import { capabilityTable } from '../../src/model/capability.ts';
import type { CapabilitySwitches } from '../../src/model/offer.ts';
import type { TlsFiles } from '../../src/server/tls-identity.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import type { DialogueServer } from './dialogue-server.ts';

/** Every user's. */
export const password = 'secret';

/** What every server says of itself in METADATA. */
export const serverMetadata = {
  admin: 'mailto:postmaster@example.org',
  comment: 'Mail for everybody',
};

/** What a fixture's `server: …` asks for. */
export const kinds: Readonly<Record<string, Partial<Limits>>> = {
  plain: {},
  bare: {},
  uidonly: {},
  'without CONDSTORE': {},
  utf8only: {},
  /** Limits that a dialogue can reach. */
  tight: {
    lineBytesMax: 1000,
    metadataValueBytesMax: 1024,
    metadataNameBytesMax: 60,
    metadataEntriesPerMailboxMax: 10,
    metadataEntriesPerAccountMax: 12,
    commandLiteralBytesMax: 2000,
    messageBytesMax: 5000,
    parseDepthMax: 8,
    searchKeysMax: 20,
    keywordsMax: 5,
    keywordBytesMax: 20,
    appendMessagesMax: 3,
    appendMemoryMax: 40,
    catenatePartsMax: 3,
    mailboxesMax: 10,
    skippedBytesMax: 20_000,
    notifyAccountsMax: 2,
    notifyMailboxesMax: 8,
    notifyNamesMax: 2,
    loginFailuresPerConnectionMax: 2,
    badCommandsBeforeLoginMax: 3,
    badCommandsMax: 5,
  },
};

/** Which capabilities these servers have switched. */
export const switches: Readonly<Record<string, CapabilitySwitches>> = {
  /** Without all that can be switched off. */
  bare: Object.fromEntries(
    capabilityTable.filter(({ switchable }) => switchable).map(({ name }) => [name, false]),
  ),
  uidonly: { UIDONLY: true },
  'without CONDSTORE': { CONDSTORE: false },
  utf8only: { 'UTF8=ONLY': true },
};

export class House {
  readonly directory: string;
  readonly store: Store;
  readonly #tls: TlsFiles | undefined;
  readonly #servers = new Map<string, Promise<RunningServer>>();

  private constructor(directory: string, store: Store, tls: TlsFiles | undefined) {
    this.directory = directory;
    this.store = store;
    this.#tls = tls;
  }

  static async open(directory: string, tls?: TlsFiles): Promise<House> {
    const store = await openSqliteStore({
      directory,
      limits: defaultLimits,
      logger,
      sync: 'relaxed',
    });
    return new House(directory, store, tls);
  }

  /** Where the server of this kind listens; started when it is asked for first. */
  async address(kind: string): ReturnType<DialogueServer['address']> {
    const limits = kinds[kind];
    if (limits === undefined) throw new Error(`no such server: ${kind}`);
    const started = this.#servers.get(kind) ?? this.#start(limits, switches[kind]);
    this.#servers.set(kind, started);
    const [bound] = (await started).addresses;
    if (bound?.scheme !== 'imap') throw new Error('not bound');
    return { host: '127.0.0.1', port: bound.port };
  }

  #start(limits: Partial<Limits>, capabilities?: CapabilitySwitches): Promise<RunningServer> {
    const { directory } = this.store;
    const authenticator: Authenticator = {
      check: async (attempt) =>
        attempt.password === password && (await directory.find(attempt.user))?.shared !== true
          ? await directory.find(attempt.user)
          : undefined,
    };
    return startServer({
      store: this.store,
      authenticator,
      listen: ['imap://127.0.0.1:0'],
      tls: this.#tls,
      capabilities,
      ...serverMetadata,
      limits: { connectionsPerAddressMax: 1000, shutdownTimeMs: 100, ...limits },
      logger,
    });
  }

  async close(): Promise<void> {
    for (const started of this.#servers.values()) await (await started).close();
    await this.store[Symbol.asyncDispose]();
  }
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
const logger = process.env['RESTANTE_TEST_LOG'] === undefined ? silent : stderrLogger;
