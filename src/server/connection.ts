import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Alarm, type Sleeper } from '../base/alarm.ts';
import type { Logger } from '../base/logger.ts';
import type { Limits } from '../base/limits.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Response } from '../model/response.ts';
import type { Client } from '../session/client.ts';
import type { FramerLimits } from '../wire/framer.ts';
import { encode } from '../wire/write/response.ts';
import type { BusyPoll } from './busy-poll.ts';
import { ConnectionLogger } from './connection-logger.ts';
import type { Conversation } from './conversation.ts';
import { ClientGoneError, Input, type InputOwner } from './input.ts';
import { Output, type OutputOwner } from './output.ts';
import { plainAddress } from './plain-address.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { isEverydayError, Transport, type TransportOwner } from './transport.ts';

/** What all connections of a server share. */
export interface ConnectionHost {
  readonly tls: TlsIdentity | undefined;
  readonly limits: Limits;
  /** Of lines and literals before login, and after. */
  readonly framing: { readonly before: FramerLimits; readonly after: FramerLimits };
  readonly logger: Logger;
  readonly busyPoll: BusyPoll;
  readonly converse: (client: Client, logger: Logger) => Conversation;
  /** Told when a connection is over. Must not throw. */
  closed(connection: Connection): void;
}

/** How long a client may take to close its side after we closed ours. */
const lingerTimeMs = 2000;

/** How long pipelined commands of one client may keep the others waiting. */
const turnMaxMs = 2;

/** What connections end with that just end: one for all, since each new one would cost a stack trace that says nothing. */
const clientGone = new ClientGoneError();

let connections = 0;

/**
 * One client: reads commands and has the session run them one after the other. It sends what is gathered
 * when no further command is at hand, and has one alarm for all the ways in which a client can be late.
 *
 * Thousands of connections do nothing for half an hour at a time, so that what one keeps meanwhile counts: `#pump` runs
 * as long as there are commands and then returns, leaving no suspended function, and the parts call their
 * owner's methods and not closures of their own.
 */
export class Connection implements Client, InputOwner, OutputOwner, TransportOwner, Sleeper {
  readonly remoteAddress: string;
  readonly limits: Limits;
  readonly #host: ConnectionHost;
  readonly #transport: Transport;
  readonly #input: Input;
  readonly #output: Output;
  readonly #alarm: Alarm;
  readonly #logger: Logger;
  readonly #conversation: Conversation;
  /** When the time for logging in is over, in `performance.now()`. */
  #loginUntil: number;
  #controller: AbortController | undefined;
  /** Set when nobody is there to hear more. */
  #deserted = false;
  /** Set when the socket is closed. */
  #gone: Error | undefined;
  /** Whether `#pump` runs, or is not to run yet or any more. */
  #busy = true;
  #authenticated = false;
  #hungUp = false;
  #disposed = false;

  constructor(socket: Socket, host: ConnectionHost) {
    const { limits, framing, logger, converse } = host;
    this.#host = host;
    this.limits = limits;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.#logger = new ConnectionLogger(logger, ++connections);
    this.#loginUntil = this.#loginEnd();
    this.#alarm = new Alarm(this);
    this.#transport = new Transport(socket, this);
    this.#output = new Output(this.#transport, this);
    this.#input = new Input(framing.before, this);
    this.#conversation = converse(this, this.#logger);
  }

  get loopback(): boolean {
    return /^(?:127\.|::1$)/.test(this.remoteAddress);
  }

  get secure(): boolean {
    return this.#transport.secure;
  }

  get canStartTls(): boolean {
    return this.#host.tls !== undefined && !this.secure;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#gone !== undefined || this.#deserted)
        this.#controller.abort(this.#gone ?? clientGone);
    }
    return this.#controller.signal;
  }

  /** Begins the conversation, after a TLS handshake when `implicitTls`; the host is told when it is over. Never rejects. */
  async open(implicitTls: boolean): Promise<void> {
    try {
      const { tls } = this.#host;
      this.waited();
      if (implicitTls && tls !== undefined)
        await this.#transport.startTls(tls, this.limits.handshakeTimeMs);
      else this.#transport.start();
      await this.#conversation.greeting();
    } catch (error) {
      await this.#broke(error);
      return;
    }
    await this.#pump();
  }

  /** Says BYE, now or after the command under way, and ends. */
  async shutdown(text: string): Promise<void> {
    try {
      await this.#conversation.shutdown(text);
      this.#input.stop();
      this.#wake();
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

  line(): Promise<Uint8Array | undefined> {
    return this.#input.line();
  }

  async startTls(): Promise<void> {
    const { tls } = this.#host;
    if (tls === undefined) throw new Error('STARTTLS needs a certificate');
    this.#output.flush();
    this.#input.takeRemaining();
    await this.#transport.startTls(tls, this.limits.handshakeTimeMs);
  }

  get compressed(): boolean {
    return this.#transport.compressed;
  }

  compress(): void {
    this.#output.flush();
    this.#transport.compress(this.#input.takeRemaining());
  }

  async decompress(): Promise<void> {
    // What was said before has to leave first, and a client may not read.
    this.blocked();
    await this.#transport.decompress(() => this.#output.flush());
    this.waited();
  }

  /** Goes on when there may be something to do. */
  #wake(): void {
    if (this.#busy) return;
    this.waited();
    void this.#pump();
  }

  /** Runs what is at hand, and ends the conversation when nothing more can come. Never rejects. */
  async #pump(): Promise<void> {
    this.#busy = true;
    const conversation = this.#conversation;
    try {
      let turn = performance.now();
      while (!conversation.ended) {
        const step = this.#step();
        if (step === undefined) {
          if (this.#input.over) break;
          this.#busy = false;
          this.waiting(this.#input.unfinished);
          return;
        }
        await step;
        if (conversation.authenticated !== this.#authenticated) this.#changedHands();
        if (this.#input.unsettled && !conversation.ended) await this.#input.settle();
        if (!this.#input.isEmpty && performance.now() - turn > turnMaxMs) {
          // Commands that need no disk would run without a pause as long as they are at hand. What was answered does not wait for others.
          this.#output.flush();
          await nextTurn();
          turn = performance.now();
        }
      }
    } catch (error) {
      // Who only closed his side still reads what was answered.
      if (!this.#deserted) return await this.#broke(error);
    }
    this.#hangUp();
    await this.#dispose();
  }

  /** What is to be done next; undefined when the client has to send something for it. */
  #step(): Promise<void> | undefined {
    if (this.#conversation.idling) {
      const line = this.#input.takeLine();
      if (line === undefined && !this.#input.over) return undefined;
      return this.#conversation.resume(line);
    }
    const incoming = this.#input.take();
    return incoming === undefined ? undefined : this.#conversation.execute(incoming);
  }

  /** Somebody logged in, or out again (RFC 8437), and has what a stranger has. */
  #changedHands(): void {
    const { authenticated } = this.#conversation;
    const { before, after } = this.#host.framing;
    this.#authenticated = authenticated;
    this.#input.setLimits(authenticated ? after : before);
    if (!authenticated) this.#loginUntil = this.#loginEnd();
    this.waited();
  }

  #loginEnd(): number {
    return Math.ceil(performance.now() + this.limits.loginTimeMs);
  }

  // What the parts tell and ask their owner.

  received(chunk: Buffer): void {
    if (this.#hungUp) return;
    this.#host.busyPoll.received(this, chunk.length);
    this.#input.push(chunk);
    this.#wake();
  }

  ended(): void {
    this.#input.end();
    this.#wake();
  }

  deserted(): Error {
    this.#deserted = true;
    this.#controller?.abort(clientGone);
    return clientGone;
  }

  drained(): void {
    this.#output.drained();
  }

  closed(error: Error | undefined): void {
    this.#gone = error ?? clientGone;
    // After the end there is nobody to hear it, and telling nobody costs as much.
    if (!this.#disposed) this.#controller?.abort(this.#gone);
    this.#output.fail(this.#gone);
    this.ended();
    this.#finish();
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  objection(beginning: Uint8Array): Refusal | undefined {
    return this.#conversation.objection(beginning);
  }

  continue(): void {
    this.#output.say('+ OK\r\n');
  }

  flooded(): void {
    if (!this.#hungUp) this.alarm('a command is far too long');
    this.#transport.pause();
  }

  blocked(): void {
    this.#alarm.set(this.limits.drainTimeMs, 'the client does not read');
  }

  flowing(): void {
    this.waited();
  }

  /** The client's turn: everything goes out, and its time runs. */
  waiting(unfinished: boolean): void {
    this.#output.flush();
    this.#transport.awaited();
    this.#host.busyPoll.waiting(this);
    if (!this.#authenticated || this.#conversation.idling) return;
    const { commandTimeMs, idleTimeMs } = this.limits;
    if (unfinished) this.#alarm.set(commandTimeMs, 'a command was not finished in time');
    else this.#alarm.set(idleTimeMs, 'no command came for a long time');
  }

  /** Our turn: only the time for logging in runs on. */
  waited(): void {
    if (this.#authenticated) this.#alarm.clear();
    else this.#alarm.set(Math.max(0, this.#loginUntil - performance.now()), 'no login in time');
  }

  /** The client is late. */
  alarm(reason: string): void {
    if (this.#hungUp) {
      this.destroy(new Error(reason));
      return;
    }
    this.#logger.info({ remoteAddress: this.remoteAddress }, `closing: ${reason}`);
    // A client that reads is told; in the middle of a response nothing can be said.
    if (!this.#output.busy && this.#transport.pendingBytes === 0) {
      const farewell = encode(
        { kind: 'status', status: 'BYE', text: reason },
        this.#conversation.options,
      );
      if (typeof farewell === 'string') this.#output.say(farewell);
      this.#transport.end();
    }
    // By the next turn the farewell has reached the kernel.
    setImmediate(() => this.destroy(new Error(reason)));
  }

  /** The end of the conversation: what was said goes out, what still comes in is not for us. */
  #hangUp(): void {
    this.#hungUp = true;
    this.#output.flush();
    const { drainTimeMs } = this.limits;
    const unread = this.#transport.pendingBytes > 0;
    this.#transport.end();
    this.#transport.resume();
    // Closing at once would make the kernel throw away what the client has not read yet.
    this.#alarm.set(unread ? drainTimeMs : lingerTimeMs, 'the client did not close its side');
  }

  async #broke(error: unknown): Promise<void> {
    if (!this.#isEveryday(error)) this.#logger.error({ err: error }, 'a connection broke');
    this.#transport.destroy(error as Error);
    await this.#dispose();
  }

  async #dispose(): Promise<void> {
    try {
      await this.#conversation[Symbol.asyncDispose]();
    } catch (error) {
      this.#logger.error({ err: error }, 'a session could not be closed');
    }
    this.#disposed = true;
    this.#finish();
  }

  /** It is over when the session is disposed and the socket closed, whichever comes first. */
  #finish(): void {
    if (!this.#disposed || this.#gone === undefined) return;
    this.#alarm[Symbol.dispose]();
    this.#host.closed(this);
  }

  #isEveryday(error: unknown): boolean {
    if (this.#gone !== undefined || this.#transport.destroyed) return true;
    return error instanceof ClientGoneError || isEverydayError(error as Error);
  }
}
