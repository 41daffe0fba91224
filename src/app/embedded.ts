/**
 * The server as a library: the same parts that `restante serve` runs, in the process that asks for them.
 */
import { hostname as systemHostname } from 'node:os';
import type { Authenticator } from '../auth/authenticator.ts';
import { DirectoryAuthenticator } from '../auth/directory-authenticator.ts';
import { Throttle } from '../auth/throttle.ts';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { silent, type Logger } from '../base/logger.ts';
import { Tally } from '../base/tally.ts';
import type { Metrics } from '../http/metrics.ts';
import { listenLmtp } from '../lmtp/listen.ts';
import type { EntryName } from '../model/metadata.ts';
import type { OverQuotaReply } from '../lmtp/reply.ts';
import { Admission } from '../server/admission.ts';
import { ImapServer } from '../server/imap-server.ts';
import { TlsIdentity, type TlsFiles } from '../server/tls-identity.ts';
import type { ServerMetadata } from '../session/metadata.ts';
import { AccountConnections } from '../session/connections.ts';
import { Session } from '../session/session.ts';
import type { Store } from '../store/store.ts';
import {
  listenUrl,
  parseListenAddress,
  type HttpListenAddress,
  type ImapListenAddress,
  type ListenAddress,
  type LmtpListenAddress,
} from './address.ts';
import { ConfigError } from './config-error.ts';
import type { SharedLimits } from './shared-limits.ts';
import type { CapabilitySwitches } from '../model/offer.ts';
import { loopbackNetworks, networks } from './networks.ts';
import { version } from './version.ts';

export interface ServerOptions {
  /** Stays the caller's: `close` does not dispose it. */
  readonly store: Store;
  /** Passwords of the store's directory unless told otherwise. */
  readonly authenticator?: Authenticator;
  /** URLs such as `imap://127.0.0.1:0`, or what they mean. */
  readonly listen: readonly (string | ListenAddress)[];
  /** PEM texts. Needed by `imaps:`; with it `imap:` offers STARTTLS. */
  readonly tls?: TlsFiles | undefined;
  readonly limits?: Partial<Limits>;
  /** Capabilities switched on or off for everybody, by their names. */
  readonly capabilities?: CapabilitySwitches | undefined;
  /** What LMTP answers for an account that is over its quota: 452 (`defer`, unless told) or 552. */
  readonly overQuota?: OverQuotaReply;
  readonly logger?: Logger;
  /** Networks exempt from limits per address and from login penalties; loopback unless told. */
  readonly trusted?: readonly string[];
  /** How users reach the administrator, a URI: METADATA tells it (RFC 5464 section 3.2.1.1). */
  readonly admin?: string | undefined;
  /** A note on the server for its users, told likewise. */
  readonly comment?: string | undefined;
  /** Our name in greetings of LMTP and in Received lines. */
  readonly hostname?: string;
  readonly metrics?: Metrics;
  /** Where other processes serve the same store on the same addresses. */
  readonly shared?: SharedLimits;
}

/** An address as bound, with the URL that says it. */
export type BoundAddress = ListenAddress & { readonly url: string };

export interface RunningServer extends AsyncDisposable {
  /** In the order of `listen`, with the ports that were taken. */
  readonly addresses: readonly BoundAddress[];
  /** Another certificate for connections from now on. Throws when it is none, and the old one stays. */
  replaceTls(files: TlsFiles): void;
  /** Milliseconds in which the event loop seemed busy and waited for a quick client. */
  readonly idleMs: number;
  /** Says BYE to everybody, lets commands and deliveries under way finish, and resolves when all is closed. */
  close(): Promise<void>;
}

/** What listens, and how it is closed. */
interface Door {
  readonly address: ListenAddress;
  close(): Promise<void>;
}

/** Starts a server. Rejects with ConfigError for addresses that make no sense and as `net.Server` does for those that cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const house = new House(options);
  const wanted = options.listen.map((address) =>
    typeof address === 'string' ? parseListenAddress(address) : address,
  );
  const doors: Door[] = [];
  let closing: Promise<unknown> | undefined;
  const close = async (): Promise<void> => {
    closing ??= Promise.all([house.imap.close(), ...doors.map((door) => door.close())]);
    await closing;
  };
  try {
    for (const address of wanted) doors.push(await house.open(address));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses: doors.map(({ address }) => ({ ...address, url: listenUrl(address) })),
    replaceTls: (files) => house.replaceTls(files),
    get idleMs() {
      return house.imap.idleMs;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The parts of a server that all its doors share. */
class House {
  readonly #options: ServerOptions;
  readonly #limits: Limits;
  readonly #logger: Logger;
  readonly #tls: TlsIdentity | undefined;
  readonly #trusted: (remoteAddress: string) => boolean;
  readonly #counts: Pick<SharedLimits, 'byAddress' | 'byService'>;
  readonly imap: ImapServer;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#logger = options.logger ?? silent;
    this.#tls = options.tls && new TlsIdentity(options.tls);
    this.#trusted = networks(options.trusted ?? loopbackNetworks);
    const { byAddress = new Tally(), byService = new Tally() } = options.shared ?? {};
    this.#counts = { byAddress, byService };
    this.imap = this.#imapServer();
    options.metrics?.gauge('restante_connections', {
      help: 'IMAP connections open now',
      read: () => this.imap.connections,
    });
  }

  replaceTls(files: TlsFiles): void {
    this.#tls?.replace(files);
  }

  async open(address: ListenAddress): Promise<Door> {
    switch (address.scheme) {
      case 'imap':
      case 'imaps':
        return await this.#openImap(address);
      case 'lmtp':
      case 'lmtp+unix':
        return await this.#openLmtp(address);
      case 'http':
        return await this.#openHttp(address);
    }
  }

  #imapServer(): ImapServer {
    const { store, metrics, shared } = this.#options;
    const shares = store.directory.sharing !== undefined;
    const capabilities = shares
      ? this.#options.capabilities
      : { ...this.#options.capabilities, ACL: false };
    const limits = this.#limits;
    const logger = this.#logger;
    const authenticator =
      this.#options.authenticator ?? new DirectoryAuthenticator(store.directory, this.#throttle());
    const connections = new AccountConnections(limits.connectionsPerAccountMax, shared?.byAccount);
    const serverMetadata = metadataOfServer(this.#options);
    const serverId = [
      ['name', 'Restante'],
      ['version', version()],
    ] as const;
    return new ImapServer({
      limits,
      logger,
      tls: this.#tls,
      admission: new Admission({ ...this.#counts, limits, trusted: this.#trusted }),
      converse: (client, log) =>
        new Session({
          client,
          store,
          authenticator,
          limits,
          logger: log,
          connections,
          serverId,
          serverMetadata,
          capabilities,
          ...(metrics && { onCommand: (facts) => metrics.command(facts) }),
        }),
      ...(metrics && { onClosed: (facts) => metrics.connectionClosed(facts) }),
    });
  }

  #throttle(): Throttle {
    const failedLogins = this.#options.shared?.failedLogins;
    const throttle = new Throttle({
      limits: this.#limits,
      exempt: this.#trusted,
      onFailure: failedLogins && ((network) => failedLogins.publish(network)),
    });
    failedLogins?.listen((network) => throttle.heard(network));
    return throttle;
  }

  async #openImap(address: ImapListenAddress): Promise<Door> {
    const implicitTls = address.scheme === 'imaps';
    if (implicitTls && this.#tls === undefined) {
      throw new ConfigError(`listen "${listenUrl(address)}": it needs a certificate and its key`);
    }
    const { port } = await this.imap.listen({
      host: address.host,
      port: address.port,
      implicitTls,
    });
    return { address: { ...address, port }, close: () => Promise.resolve() };
  }

  async #openLmtp(address: LmtpListenAddress): Promise<Door> {
    const { store, metrics, shared, overQuota, hostname = systemHostname() } = this.#options;
    const listener = await listenLmtp({
      store,
      limits: this.#limits,
      logger: this.#logger,
      hostname,
      trusted: this.#trusted,
      ...this.#counts,
      ...(overQuota && { overQuota }),
      listen:
        address.scheme === 'lmtp+unix'
          ? { path: address.path, isShared: shared !== undefined }
          : { host: address.host, port: address.port },
      ...(metrics && { onDelivered: () => metrics.delivered() }),
    });
    const bound = listener.address;
    return {
      address:
        address.scheme === 'lmtp' && 'port' in bound ? { ...address, port: bound.port } : address,
      close: () => listener.close(),
    };
  }

  async #openHttp(address: HttpListenAddress): Promise<Door> {
    // Only who asks for metrics pays for the code that makes them.
    const { listenHttp } = await import('../http/listen.ts');
    const { store, metrics } = this.#options;
    const listener = await listenHttp({
      host: address.host,
      port: address.port,
      logger: this.#logger,
      metrics,
      ready: async () => void (await store.directory.find('nobody@localhost')),
    });
    return { address: { ...address, port: listener.port }, close: () => listener.close() };
  }
}

function metadataOfServer({ admin, comment }: ServerOptions): ServerMetadata {
  const entries = { '/shared/admin': admin, '/shared/comment': comment };
  return new Map(
    Object.entries(entries).flatMap(([name, text]) =>
      text === undefined ? [] : [[name as EntryName, text] as const],
    ),
  );
}
