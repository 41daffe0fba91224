import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogFacts, Logger } from '../base/logger.ts';
import type { Limits } from '../base/limits.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Response } from '../model/response.ts';
import type { Client, Incoming } from '../session/client.ts';
import { encode } from '../wire/write/response.ts';
import { Deadline } from './deadline.ts';
import { ClientGoneError, Input } from './input.ts';
import { Output } from './output.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { isEverydayError, Transport } from './transport.ts';

/** What a connection needs of its session (`session/session.ts`). */
export interface Conversation extends AsyncDisposable {
  readonly ended: boolean;
  readonly authenticated: boolean;
  readonly options: { readonly utf8: boolean };
  greeting(): Promise<void>;
  /** Why a command that begins so is refused before its literal is asked for. */
  objection(beginning: Uint8Array): Refusal | undefined;
  execute(incoming: Incoming): Promise<void>;
  shutdown(text: string): Promise<void>;
}

export interface ConnectionOptions {
  readonly socket: Socket;
  /** TLS before the greeting (RFC 8314 section 3), not by STARTTLS. */
  readonly implicitTls: boolean;
  readonly tls: TlsIdentity | undefined;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly converse: (client: Client, logger: Logger) => Conversation;
}

/** How long a client may take to close its side after we closed ours. */
const lingerTimeMs = 2000;

/** How long pipelined commands of one client may keep the others waiting. */
const turnMaxMs = 2;

let connections = 0;

/**
 * One client: reads commands and has the session run them one after the other. It sends what is gathered
 * when no further command is at hand, and has one timer for all the ways in which a client can be late.
 */
export class Connection implements Client {
  readonly remoteAddress: string;
  readonly loopback: boolean;
  readonly #options: ConnectionOptions;
  readonly #transport: Transport;
  readonly #input: Input;
  readonly #output: Output;
  readonly #deadline: Deadline;
  readonly #logger: Logger;
  readonly #conversation: Conversation;
  readonly #closed = Promise.withResolvers<void>();
  /** When the time for logging in is over, in `performance.now()`. */
  readonly #loginUntil: number;
  #controller: AbortController | undefined;
  #gone: Error | undefined;
  /** Whether the session waits for a line: in IDLE, and that has no time limit. */
  #idling = false;
  #authenticated = false;
  #hungUp = false;

  constructor(options: ConnectionOptions) {
    const { socket, limits } = options;
    this.#options = options;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.loopback = /^(?:127\.|::1$)/.test(this.remoteAddress);
    this.#logger = new ConnectionLogger(options.logger, { connection: ++connections });
    this.#loginUntil = performance.now() + limits.loginTimeMs;
    this.#deadline = new Deadline((reason) => this.#late(reason));
    this.#transport = new Transport(socket, {
      received: (chunk) => {
        if (!this.#hungUp) this.#input.push(chunk);
      },
      ended: () => this.#input.end(),
      drained: () => this.#output.drained(),
      closed: (error) => this.#leave(error),
    });
    this.#output = new Output({
      transport: this.#transport,
      limits,
      blocked: () => this.#deadline.set(limits.drainTimeMs, 'the client does not read'),
      flowing: () => this.#rest(),
    });
    this.#input = new Input({
      limits: {
        lineBytesMax: limits.lineBytesBeforeLoginMax,
        literalBytesMax: limits.literalBytesBeforeLoginMax,
      },
      pipelinedBytesMax: limits.pipelinedBytesMax,
      pause: () => this.#transport.pause(),
      resume: () => this.#transport.resume(),
      objection: (beginning) => this.#conversation.objection(beginning),
      continue: () => this.#continue(),
      waiting: (unfinished) => this.#waiting(unfinished),
      waited: () => this.#rest(),
    });
    this.#conversation = options.converse(this, this.#logger);
  }

  get secure(): boolean {
    return this.#transport.secure;
  }

  get canStartTls(): boolean {
    return this.#options.tls !== undefined && !this.secure;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#gone !== undefined) this.#controller.abort(this.#gone);
    }
    return this.#controller.signal;
  }

  /** Has the whole conversation. Resolves when the connection is closed; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#converse();
      this.#hangUp();
    } catch (error) {
      if (!this.#isEveryday(error)) this.#logger.error({ err: error }, 'a connection broke');
      this.#transport.destroy(error as Error);
    }
    await this.#dispose();
    await this.#closed.promise;
    this.#deadline.dispose();
  }

  /** Says BYE, now or after the command under way, and ends. */
  async shutdown(text: string): Promise<void> {
    try {
      await this.#conversation.shutdown(text);
      this.#input.stop();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** Ends it at once. */
  destroy(error: Error): void {
    this.#transport.destroy(error);
  }

  get bytesRead(): number {
    return this.#transport.bytesRead;
  }

  get bytesWritten(): number {
    return this.#transport.bytesWritten;
  }

  send(response: Response): Promise<void> | undefined {
    return this.#output.send(encode(response, this.#conversation.options));
  }

  flush(): void {
    this.#output.flush();
  }

  async line(): Promise<Uint8Array | undefined> {
    this.#idling = true;
    try {
      return await this.#input.line();
    } finally {
      this.#idling = false;
    }
  }

  async startTls(): Promise<void> {
    const { tls, limits } = this.#options;
    if (tls === undefined) throw new Error('STARTTLS needs a certificate');
    this.#output.flush();
    this.#input.discard();
    await this.#transport.startTls(tls, limits.handshakeTimeMs);
  }

  async #converse(): Promise<void> {
    const { implicitTls, limits, tls } = this.#options;
    const conversation = this.#conversation;
    this.#rest();
    if (implicitTls && tls !== undefined)
      await this.#transport.startTls(tls, limits.handshakeTimeMs);
    else this.#transport.start();
    await conversation.greeting();
    let turn = performance.now();
    while (!conversation.ended) {
      let incoming = this.#input.take();
      if (incoming === undefined) {
        incoming = await this.#input.next();
        turn = performance.now();
      } else if (performance.now() - turn > turnMaxMs) {
        // Commands that need no disk would run without a pause as long as they are at hand.
        await nextTurn();
        turn = performance.now();
      }
      if (incoming === undefined) return;
      await conversation.execute(incoming);
      if (conversation.authenticated && !this.#authenticated) this.#loggedIn();
      if (incoming.message !== undefined) await this.#input.settle();
    }
  }

  #loggedIn(): void {
    const { lineBytesMax, commandLiteralBytesMax } = this.#options.limits;
    this.#authenticated = true;
    this.#input.setLimits({ lineBytesMax, literalBytesMax: commandLiteralBytesMax });
    this.#rest();
  }

  #continue(): void {
    this.#output.say('+ OK\r\n');
  }

  /** The client's turn: everything goes out, and its time runs. */
  #waiting(unfinished: boolean): void {
    this.#output.flush();
    if (!this.#authenticated || this.#idling) return;
    const { commandTimeMs, idleTimeMs } = this.#options.limits;
    if (unfinished) this.#deadline.set(commandTimeMs, 'a command was not finished in time');
    else this.#deadline.set(idleTimeMs, 'no command came for a long time');
  }

  /** Our turn: only the time for logging in runs on. */
  #rest(): void {
    if (this.#authenticated) this.#deadline.clear();
    else this.#deadline.set(Math.max(0, this.#loginUntil - performance.now()), 'no login in time');
  }

  #late(reason: string): void {
    if (this.#hungUp) {
      this.destroy(new Error(reason));
      return;
    }
    this.#logger.info({ remoteAddress: this.remoteAddress }, `closing: ${reason}`);
    // A client that reads is told; in the middle of a response nothing can be said.
    if (!this.#output.busy && this.#transport.pendingBytes === 0) {
      this.#output.say(`* BYE ${reason}\r\n`);
      this.#transport.end();
    }
    // By the next turn the farewell has reached the kernel.
    setImmediate(() => this.destroy(new Error(reason)));
  }

  /** The end of the conversation: what was said goes out, what still comes in is not for us. */
  #hangUp(): void {
    this.#hungUp = true;
    this.#output.flush();
    const { drainTimeMs } = this.#options.limits;
    const unread = this.#transport.pendingBytes > 0;
    this.#transport.end();
    this.#transport.resume();
    // Closing at once would make the kernel throw away what the client has not read yet.
    this.#deadline.set(unread ? drainTimeMs : lingerTimeMs, 'the client did not close its side');
  }

  #leave(error: Error | undefined): void {
    this.#gone = error ?? new ClientGoneError();
    this.#controller?.abort(this.#gone);
    this.#output.fail(this.#gone);
    this.#input.end();
    this.#closed.resolve();
  }

  async #dispose(): Promise<void> {
    try {
      await this.#conversation[Symbol.asyncDispose]();
    } catch (error) {
      this.#logger.error({ err: error }, 'a session could not be closed');
    }
  }

  #isEveryday(error: unknown): boolean {
    if (this.#gone !== undefined || this.#transport.destroyed) return true;
    return error instanceof ClientGoneError || isEverydayError(error as Error);
  }
}

/** Adds a connection's facts to each line; cheaper to keep than a logger of its own. */
class ConnectionLogger implements Logger {
  readonly #logger: Logger;
  readonly #facts: LogFacts;

  constructor(logger: Logger, facts: LogFacts) {
    this.#logger = logger;
    this.#facts = facts;
  }

  debug(facts: LogFacts, text: string): void {
    this.#logger.debug({ ...this.#facts, ...facts }, text);
  }

  info(facts: LogFacts, text: string): void {
    this.#logger.info({ ...this.#facts, ...facts }, text);
  }

  warn(facts: LogFacts, text: string): void {
    this.#logger.warn({ ...this.#facts, ...facts }, text);
  }

  error(facts: LogFacts, text: string): void {
    this.#logger.error({ ...this.#facts, ...facts }, text);
  }

  child(facts: LogFacts): Logger {
    return new ConnectionLogger(this.#logger, { ...this.#facts, ...facts });
  }
}

/** A listener on [::] sees IPv4 peers as `::ffff:192.0.2.1`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
