import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../base/logger.ts';
import type { Limits } from '../base/limits.ts';
import type { Client } from '../session/client.ts';
import type { Admission } from './admission.ts';
import { BusyPoll } from './busy-poll.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import type { Conversation } from './conversation.ts';
import { plainAddress } from './plain-address.ts';
import type { TlsIdentity } from './tls-identity.ts';

export interface ImapServerOptions {
  readonly limits: Limits;
  readonly logger: Logger;
  /** The certificate; without one there is neither STARTTLS nor IMAPS. */
  readonly tls?: TlsIdentity | undefined;
  readonly admission: Admission;
  /** Makes the session of a connection. */
  readonly converse: (client: Client, logger: Logger) => Conversation;
  /** Told of every connection that ended, for metrics. Must not throw. */
  readonly onClosed?: (facts: {
    readonly bytesRead: number;
    readonly bytesWritten: number;
  }) => void;
}

export interface ImapAddress {
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  /** TLS from the first byte, as on port 993. */
  readonly implicitTls: boolean;
}

/** Below the 120 s after which the strictest NATs forget a connection. */
const keepAliveDelayMs = 100_000;

/** Listens for IMAP clients on any number of addresses and has a connection for each. */
export class ImapServer {
  readonly #options: ImapServerOptions;
  readonly #listeners: Server[] = [];
  readonly #connections = new Set<Connection>();
  readonly #host: ConnectionHost;
  readonly #busyPoll = new BusyPoll();
  /** Resolved when the last connection is closed, for `close`. */
  #emptied: PromiseWithResolvers<void> | undefined;

  constructor(options: ImapServerOptions) {
    const { limits } = options;
    this.#options = options;
    this.#host = {
      ...options,
      tls: options.tls,
      busyPoll: this.#busyPoll,
      framing: {
        before: {
          lineBytesMax: limits.lineBytesBeforeLoginMax,
          literalBytesMax: limits.literalBytesBeforeLoginMax,
        },
        after: {
          lineBytesMax: limits.lineBytesMax,
          literalBytesMax: limits.commandLiteralBytesMax,
        },
      },
      closed: (connection) => this.#closed(connection),
    };
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Milliseconds in which the loop was awake for a client and had nothing to do. */
  get idleMs(): number {
    return this.#busyPoll.idleMs;
  }

  /** Begins to accept. Resolves with the address as bound; rejects as `net.Server` does, with EADDRINUSE and its like. */
  async listen(address: ImapAddress): Promise<ImapAddress> {
    // Half open, since a client may send everything, close its side and then read the answers.
    const listener = createServer(
      {
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveDelayMs,
      },
      (socket) => this.#accept(socket, address.implicitTls),
    );
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    listener.once('error', reject);
    listener.listen({ host: address.host, port: address.port, backlog: 1024 }, resolve);
    await promise;
    listener.off('error', reject);
    listener.on('error', (error) =>
      this.#options.logger.error({ err: error }, 'a listener failed'),
    );
    this.#listeners.push(listener);
    const bound = listener.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
    return { ...address, port };
  }

  /** Accepts nobody any more, says BYE, lets commands under way finish within `shutdownTimeMs`, then closes. */
  async close(): Promise<void> {
    const closed = this.#listeners.map(
      (listener) => new Promise<void>((resolve) => listener.close(() => resolve())),
    );
    const open = [...this.#connections];
    const late = setTimeout(() => {
      for (const connection of open) connection.destroy(new Error('the server stopped'));
    }, this.#options.limits.shutdownTimeMs);
    const farewells = open.map((connection) => connection.shutdown('the server is shutting down'));
    await Promise.all(farewells);
    if (this.#connections.size > 0) {
      this.#emptied ??= Promise.withResolvers();
      await this.#emptied.promise;
    }
    clearTimeout(late);
    await Promise.all(closed);
  }

  #accept(socket: Socket, implicitTls: boolean): void {
    const { admission, logger } = this.#options;
    const remoteAddress = plainAddress(socket.remoteAddress ?? '');
    const refusal = admission.enter(remoteAddress);
    if (refusal !== undefined) {
      logger.warn({ remoteAddress }, `refused a connection: ${refusal}`);
      refuse(socket, { implicitTls, text: refusal });
      return;
    }
    const connection = new Connection(socket, this.#host);
    this.#connections.add(connection);
    void connection.open(implicitTls);
  }

  #closed(connection: Connection): void {
    const { admission, logger, onClosed } = this.#options;
    const { remoteAddress, bytesRead, bytesWritten } = connection;
    admission.leave(remoteAddress);
    this.#connections.delete(connection);
    logger.debug({ remoteAddress, bytesRead, bytesWritten }, 'a connection is closed');
    onClosed?.({ bytesRead, bytesWritten });
    if (this.#connections.size === 0) this.#emptied?.resolve();
  }
}

/** Under TLS the reason would cost a handshake, which is what a crowd at the door must not get. */
function refuse(
  socket: Socket,
  { implicitTls, text }: { implicitTls: boolean; text: string },
): void {
  socket.on('error', () => undefined);
  if (implicitTls) {
    socket.destroy();
    return;
  }
  const code = text === 'too many connections' ? 'UNAVAILABLE' : 'LIMIT';
  socket.end(`* BYE [${code}] ${text}\r\n`, 'latin1', () => socket.destroy());
}
