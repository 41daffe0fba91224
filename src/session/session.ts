import type { Authenticator } from '../auth/authenticator.ts';
import { bad, no, Refusal } from '../model/refusal.ts';
import type { Response, ResponseCode } from '../model/response.ts';
import { StoreError } from '../store/store-error.ts';
import { readTag } from '../wire/parse/command.ts';
import type { Client, Incoming } from './client.ts';
import type { CommandFacts } from './command-facts.ts';
import type { CommandContext, Completion, ExpungeRule } from './command.ts';
import { demandPrivacy } from './commands/password.ts';
import {
  findCommand,
  prepare,
  refusalOf,
  type Invocation,
  type InvocationContext,
} from './invocation.ts';
import { Listening, says, type Idler } from './listening.ts';
import { News } from './news.ts';
import { nowhere, type Place } from './place.ts';
import { demandSelected } from './selected-rights.ts';
import { storeRefusal } from './refusals.ts';
import { Standing, type SpeechOptions, type StandingOptions } from './standing.ts';

export interface SessionOptions extends StandingOptions {
  readonly authenticator: Authenticator;
  /** Told of every command that ran, for metrics. */
  readonly onCommand?: (facts: CommandFacts) => void;
}

/**
 * One connection's IMAP session: the state, and the rules that all commands share. Whoever owns the connection
 * calls `greeting`, then `execute` for each command in turn, or `resume` with a line while it is `idling`, until
 * `ended`, then disposes it.
 */
export class Session implements AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #client: Client;
  readonly #standing: Standing;
  #badInARow = 0;
  #ended = false;
  #running = false;
  readonly #news: News;
  #idling: Idler | undefined;
  /** After NOTIFY: what is told while no command runs. */
  #between: Listening | undefined;
  /** The end of `#idling`, once it has begun. */
  #resuming: Promise<void> | undefined;
  #shutdown: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#standing = new Standing(options);
    this.#news = new News(options.client);
  }

  /** Whether no further command is to be read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether somebody has logged in: limits on lines, literals and silence are wider then. */
  get authenticated(): boolean {
    return this.#standing.authenticated;
  }

  /** Whether the last command is not over and waits for a line. */
  get idling(): boolean {
    return this.#idling !== undefined;
  }

  /** How responses are to be written. */
  get options(): SpeechOptions {
    return this.#standing.speech;
  }

  /** Sends `* OK [CAPABILITY …]`. */
  async greeting(): Promise<void> {
    await this.#send({
      kind: 'status',
      status: 'OK',
      code: { kind: 'CAPABILITY', capabilities: this.#standing.capabilities() },
      text: 'Restante is ready',
    });
  }

  /**
   * Why a command that begins so will be refused whatever follows: then its client need not send the literal
   * that it announced, and no password in the clear (RFC 9051 section 2.2.1).
   */
  objection(beginning: Uint8Array): Refusal | undefined {
    try {
      const { command } = findCommand(beginning, this.#situation);
      if (command.name === 'LOGIN') demandPrivacy({ client: this.#client });
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  /**
   * Runs one command to its tagged answer, or until it is `idling`. Rejects only when the connection is gone or a
   * bug of ours broke the session.
   */
  execute(incoming: Incoming): Promise<void> {
    // Clients exist that send empty lines between commands.
    if (this.#ended || (incoming.bytes.length === 0 && incoming.refusal === undefined)) {
      return Promise.resolve();
    }
    if (this.#between === undefined) return this.#conclude(this.#execute(incoming));
    return this.#conclude(this.#endBetween().then(() => this.#execute(incoming)));
  }

  /** The line that an idling command waits for, or why it cannot be had; undefined when none will come. Rejects as `execute` does. */
  resume(line: Uint8Array | Refusal | undefined): Promise<void> {
    if (this.#idling === undefined) return Promise.resolve();
    this.#resuming ??= this.#conclude(this.#resume(this.#idling, line));
    return this.#resuming;
  }

  /**
   * The server stops: says `* BYE` now, or behind the tagged answer of the command under way; IDLE ends at once.
   * Afterwards `ended` is true.
   */
  async shutdown(text: string): Promise<void> {
    if (this.#ended || this.#shutdown !== undefined) return;
    this.#shutdown = text;
    if (this.#idling !== undefined) await this.resume(undefined);
    else if (!this.#running) await this.#sayBye(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#idling?.listening.end().catch(() => undefined);
    await this.#endBetween();
    await this.#standing[Symbol.asyncDispose]();
  }

  /** Waits for a command, and does what was put off until it is answered. */
  async #conclude(command: Promise<void>): Promise<void> {
    this.#running = true;
    try {
      await command;
      if (this.#standing.ending !== undefined) await this.#sayBye(this.#standing.ending.bye);
      else if (this.#shutdown !== undefined) await this.#sayBye(this.#shutdown);
    } catch (error) {
      // Nobody is there to hear more.
      if (!this.#client.signal.aborted) throw error;
      this.#ended = true;
    } finally {
      this.#running = false;
    }
    const notified = this.#standing.selectedEvents !== undefined && this.#idling === undefined;
    if (notified && !this.#ended) this.#between = this.#listen();
  }

  /** In IDLE the client hears something now and then; otherwise EXPUNGE may have to wait (RFC 5465 section 6.1.2). */
  #listen(keepaliveMs?: number): Listening {
    const { selected, notifications, selectedEvents } = this.#standing;
    const waits = keepaliveMs === undefined && selectedEvents?.delayed === true;
    return new Listening({
      client: this.#client,
      session: this.#standing,
      selected,
      notifications,
      expunges: waits ? 'held back' : 'announced',
      keepaliveMs,
    });
  }

  /** What went wrong in telling is no command's fault; the next one meets it, or the connection is gone. */
  async #endBetween(): Promise<void> {
    const between = this.#between;
    this.#between = undefined;
    await between?.end().catch((err: unknown) => {
      if (!this.#client.signal.aborted)
        this.#options.logger.error({ err }, 'news could not be told');
    });
  }

  async #execute(incoming: Incoming): Promise<void> {
    const began = performance.now();
    let invocation: Invocation | undefined;
    let status: CommandFacts['status'];
    try {
      const { bytes, refusal } = incoming;
      if (refusal !== undefined) throw refusalOf({ bytes, refusal }, this.#situation);
      invocation = prepare(bytes, this.#situation);
      const completion = await this.#run(invocation, incoming);
      if (completion.until !== undefined && this.#shutdown === undefined) {
        const { tag, name } = invocation;
        this.#idle({ tag, name, completion, began });
        return;
      }
      status = await this.#complete(invocation.tag, completion);
    } catch (error) {
      const refusal = this.#refusal(error, invocation?.name);
      status = refusal.status;
      await this.#refuse(readTag(incoming.bytes), refusal);
    }
    this.#count(invocation?.name, status, began);
  }

  /** What decides whether a command is one here, and how it is read. */
  get #situation(): InvocationContext {
    const { state, enabled, offer } = this.#standing;
    return { state: state.kind, enabled, offer, limits: this.#options.limits };
  }

  #idle(idler: Omit<Idler, 'listening'>): void {
    this.#resuming = undefined;
    this.#idling = { ...idler, listening: this.#listen(this.#options.limits.idleKeepaliveMs) };
  }

  async #resume(idler: Idler, line: Uint8Array | Refusal | undefined): Promise<void> {
    const { tag, name, completion, began } = idler;
    let status: CommandFacts['status'];
    try {
      await this.#heard(idler, line);
      status = await this.#complete(tag, completion);
    } catch (error) {
      const refusal = this.#refusal(error, name);
      status = refusal.status;
      await this.#refuse(tag, refusal);
    } finally {
      this.#idling = undefined;
    }
    this.#count(name, status, began);
  }

  /** Ends the wait for a line. Throws when it is not the one that was waited for. */
  async #heard(idler: Idler, line: Uint8Array | Refusal | undefined): Promise<void> {
    const { until = '' } = idler.completion;
    try {
      await idler.listening.end();
      this.#client.signal.throwIfAborted();
      if (line instanceof Refusal) throw line;
      // The server stops: BYE follows.
      if (this.#shutdown === undefined && !says(line, until)) throw bad(`expected ${until}`);
    } catch (error) {
      await this.#announceInspite('announced');
      throw error;
    }
    await this.#standing.announce('announced');
  }

  async #run(invocation: Invocation, incoming: Incoming): Promise<Completion> {
    const { command, prepared, uid } = invocation;
    const news = this.#news.before(this.#standing.state, command.knows);
    if (news !== undefined) await news;
    const selected = this.#standing.selected;
    if (command.readWrite && selected?.readOnly === true) {
      throw no('the mailbox was opened by EXAMINE', { kind: 'READ-ONLY' });
    }
    if (prepared.condstore) await this.#standing.enableCondstore();
    let completion: Completion;
    try {
      if (selected !== undefined) demandSelected(selected, command);
      const named = prepared.mailboxes;
      const places = named.length === 0 ? nowhere : await this.#standing.places(named);
      const running = prepared.run(this.#context(invocation, incoming, places));
      completion = running instanceof Promise ? await running : running;
    } catch (error) {
      if (command.selects && error instanceof Refusal && error.status === 'NO')
        await this.#standing.closePrevious();
      await this.#announceInspite(prepared.expunges, uid);
      throw error;
    }
    const announcing = this.#standing.announce(prepared.expunges, uid);
    if (announcing !== undefined) await announcing;
    return completion;
  }

  /** What happened meanwhile is told with a NO too. */
  async #announceInspite(expunges: ExpungeRule, uid = false): Promise<void> {
    if (this.#client.signal.aborted) return;
    await this.#standing.announceAlone(expunges, uid);
  }

  /** The tagged answer behind the announcements; where its code has room, with HIGHESTMODSEQ if that is due. */
  async #complete(
    tag: string,
    { text, code: given, status = 'OK', afterwards }: Completion,
  ): Promise<'OK' | 'NO'> {
    let code = typeof given === 'function' ? given() : given;
    const lowered = this.#standing.selected?.loweredModSeq();
    if (status === 'OK' && (code === undefined || code.kind === 'HIGHESTMODSEQ')) {
      code = lowered ?? this.#standing.selected?.raisedModSeq() ?? code;
    } else if (lowered !== undefined) await this.#standing.tellModSeq(lowered);
    const waiting = this.#answer(tag, { status, text, code });
    if (waiting !== undefined) await waiting;
    if (afterwards !== undefined) await afterwards();
    return status;
  }

  #context(
    { tag, uid, oldName, command }: Invocation,
    { message }: Incoming,
    places: Readonly<Record<string, Place>>,
  ): CommandContext {
    const { store, authenticator, limits, logger } = this.#options;
    const state = this.#standing.state;
    const known = state.kind === 'authenticated' || state.kind === 'selected';
    return {
      tag,
      uid,
      client: this.#client,
      store,
      authenticator,
      limits,
      logger,
      signal: this.#client.signal,
      message,
      oldName,
      user: known ? state.user : undefined,
      account: known
        ? command.ofSelected && state.kind === 'selected'
          ? state.realm.account
          : state.account
        : undefined,
      realms: known ? state.realms : undefined,
      places,
      selected: this.#standing.selected,
      enabled: this.#standing.enabled,
      session: this.#standing,
      reply: (response) => this.#client.send(response),
    };
  }

  /** Every way to fail becomes a refusal here; what is neither the client's nor the store's fault is ours. */
  #refusal(error: unknown, command: string | undefined): Refusal {
    if (this.#client.signal.aborted) throw error;
    if (error instanceof Refusal) return error;
    const facts = { err: error, command };
    if (error instanceof StoreError) {
      if (error.code === 'corrupt' || error.code === 'unavailable' || error.code === 'full') {
        this.#options.logger.error(facts, 'the store failed');
      }
      return storeRefusal(error.code);
    }
    this.#options.logger.error(facts, 'a command failed unexpectedly');
    return no('something went wrong here; it has been noted', { kind: 'SERVERBUG' });
  }

  async #refuse(tag: string | undefined, refusal: Refusal): Promise<void> {
    const { status, message: text, code } = refusal;
    if (status === 'BYE') {
      this.#standing.ending = undefined;
      await this.#sayBye(text, code);
    } else if (tag !== undefined) await this.#answer(tag, { status, text, code });
    else await this.#send({ kind: 'status', status, text, ...(code && { code }) });
  }

  #answer(
    tag: string,
    {
      status,
      text,
      code,
    }: { status: 'OK' | 'NO' | 'BAD'; text: string; code: ResponseCode | undefined },
  ): Promise<void> | undefined {
    return this.#client.send({ kind: 'tagged', tag, status, text, ...(code && { code }) });
  }

  /** Tells the metrics. Clients that speak something else, and broken ones in a loop, are sent away. */
  #count(name: string | undefined, status: CommandFacts['status'], began: number): void {
    this.#options.onCommand?.({
      name: name ?? 'unknown',
      status,
      durationMs: performance.now() - began,
    });
    if (status !== 'BAD') {
      this.#badInARow = 0;
      return;
    }
    this.#badInARow += 1;
    const { badCommandsMax, badCommandsBeforeLoginMax } = this.#options.limits;
    const max = this.#standing.authenticated ? badCommandsMax : badCommandsBeforeLoginMax;
    if (this.#badInARow >= max)
      this.#standing.ending ??= { bye: 'too many commands that make no sense' };
  }

  async #sayBye(bye: string | undefined, code?: ResponseCode): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (bye === undefined) return;
    await this.#send({ kind: 'status', status: 'BYE', text: bye, ...(code && { code }) });
    this.#client.flush();
  }

  async #send(response: Response): Promise<void> {
    const waiting = this.#client.send(response);
    if (waiting !== undefined) await waiting;
  }
}
