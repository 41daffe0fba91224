import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import { Tally } from '../base/tally.ts';
import type { Store } from '../store/store.ts';
import type { Delivered } from './deliver.ts';
import { converse } from './dialogue.ts';
import type { OverQuotaReply } from './reply.ts';
import { removeStaleSocket } from './stale-socket.ts';
import { Transport } from './transport.ts';

/**
 * Where LMTP is spoken. Port 0 takes a free one. `mode` is that of the socket file, 0o660 unless told. One that is
 * shared may exist, and other processes of ours listen on it too.
 */
export type LmtpAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string; readonly mode?: number; readonly isShared?: boolean };

export interface LmtpOptions {
  readonly store: Store;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly listen: LmtpAddress;
  /** Our name in greetings and Received lines. */
  readonly hostname: string;
  /** Whether an address is exempt from the limit per address; loopback only unless told. */
  readonly trusted?: (remoteAddress: string) => boolean;
  /** Connections by address, and all as those of `lmtp`, where other processes have some too. */
  readonly byAddress?: Tally;
  readonly byService?: Tally;
  /** What is answered for an account that is over its quota; `defer` unless told. */
  readonly overQuota?: OverQuotaReply;
  /** Called for every copy that is durable. Must not throw. */
  readonly onDelivered?: (delivered: Delivered) => void;
}

export interface LmtpListener {
  /** As bound: the port is the real one. */
  readonly address: LmtpAddress;
  /** Connections open now. */
  readonly connections: number;
  /** Takes no new connection or message, finishes deliveries under way within `shutdownTimeMs`, then closes. */
  close(): Promise<void>;
}

/**
 * Listens for an MTA's deliveries. LMTP has no login: whoever reaches the address can deliver, so it
 * belongs on loopback, a unix socket or a network that only the MTA is in. Rejects when the address is taken.
 */
export async function listenLmtp(options: LmtpOptions): Promise<LmtpListener> {
  const connections = new Connections(options);
  // Half-open: a client may send everything, close its side and then read the replies.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections.accept(socket);
  });
  const address = await bind(server, options.listen);
  server.on('error', (error) => options.logger.error({ err: error }, 'LMTP listener failed'));
  const { isShared: _, ...where } = { isShared: false, ...address };
  options.logger.info(where, 'LMTP is listening');
  return {
    address,
    get connections() {
      return connections.count;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await connections.end();
      await closed;
    },
  };
}

const service = 'lmtp';

const loopback = (address: string): boolean => /^(?:127\.|::1$|::ffff:127\.)/.test(address);

class Connections {
  readonly #options: LmtpOptions;
  readonly #open = new Map<Socket, { transport: Transport; done: Promise<void> }>();
  /** Also those that were answered and are closing. */
  readonly #sockets = new Set<Socket>();
  readonly #byAddress: Tally;
  readonly #byService: Tally;

  constructor(options: LmtpOptions) {
    this.#options = options;
    this.#byAddress = options.byAddress ?? new Tally();
    this.#byService = options.byService ?? new Tally();
  }

  get count(): number {
    return this.#open.size;
  }

  accept(socket: Socket): void {
    // Errors end the connection; the transport sees that it is destroyed.
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const { limits, hostname, trusted = loopback } = this.#options;
    const address = socket.remoteAddress ?? '';
    const name = `${service} ${address}`;
    // Over a unix socket there is no address, and whoever may open it is one of ours.
    const limited = address !== '' && !trusted(address);
    const tooMany = limited && this.#byAddress.count(name) >= limits.connectionsPerAddressMax;
    if (tooMany || this.#byService.count(service) >= limits.lmtpConnectionsMax) {
      socket.write(`421 4.3.2 ${hostname} too many connections, try again later\r\n`);
      leave(socket);
      return;
    }
    this.#byAddress.enter(name);
    this.#byService.enter(service);
    const transport = new Transport(socket, {
      lineBytesMax: limits.lineBytesBeforeLoginMax,
      idleTimeMs: limits.lmtpIdleTimeMs,
      drainTimeMs: limits.drainTimeMs,
    });
    const done = this.#serve(address, transport).then(() => {
      this.#open.delete(socket);
      this.#byAddress.leave(name);
      this.#byService.leave(service);
      leave(socket);
    });
    this.#open.set(socket, { transport, done });
  }

  async #serve(remoteAddress: string, transport: Transport): Promise<void> {
    const { store, limits, logger, hostname, onDelivered, overQuota = 'defer' } = this.#options;
    const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
    try {
      await converse(transport, {
        store,
        limits,
        logger: logger.child({ client: address === '' ? 'unix' : address }),
        hostname,
        clientAddress: address === '' ? undefined : address,
        overQuota,
        onDelivered,
      });
    } catch (error) {
      logger.error({ err: error }, 'LMTP connection broke');
    }
  }

  async end(): Promise<void> {
    const destroy = (): void => {
      for (const socket of this.#sockets) socket.destroy();
    };
    const all = [...this.#open.values()];
    for (const { transport } of all) transport.stop();
    const limit = setTimeout(destroy, this.#options.limits.shutdownTimeMs);
    await Promise.all(all.map(({ done }) => done));
    clearTimeout(limit);
    // Those that do not close their side have their last reply by now.
    setTimeout(destroy, lastReplyTimeMs);
  }
}

/** How long a socket lingers after its last reply for a client that does not close its side. */
const lingerTimeMs = 5000;
const lastReplyTimeMs = 200;

function leave(socket: Socket): void {
  socket.end();
  socket.resume();
  socket.setTimeout(lingerTimeMs, () => socket.destroy());
}

async function bind(server: Server, address: LmtpAddress): Promise<LmtpAddress> {
  if ('path' in address) {
    if (address.isShared !== true) await removeStaleSocket(address.path);
    await listening(server, () => server.listen({ path: address.path }));
    await chmod(address.path, address.mode ?? 0o660);
    return address;
  }
  await listening(server, () => server.listen({ host: address.host, port: address.port }));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return { host: address.host, port };
}

async function listening(server: Server, start: () => unknown): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.once('listening', resolve);
  start();
  await promise;
  server.off('error', reject);
}
