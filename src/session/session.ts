import type { Authenticator } from '../auth/authenticator.ts';
import type { Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import type { AccountRecord } from '../model/account.ts';
import { capabilities } from '../model/capability.ts';
import { bad, no, Refusal } from '../model/refusal.ts';
import type { Response, ResponseCode } from '../model/response.ts';
import { StoreError } from '../store/store-error.ts';
import type { Store } from '../store/store.ts';
import { readTag } from '../wire/parse/command.ts';
import type { Client, Incoming } from './client.ts';
import type { CommandContext, Completion, ExpungeRule, SessionControl } from './command.ts';
import { demandPrivacy } from './commands/password.ts';
import type { AccountConnections } from './connections.ts';
import { findCommand, prepare, speaksUtf8, type Invocation } from './invocation.ts';
import { storeRefusal } from './refusals.ts';
import type { Selected } from './selected.ts';
import type { Extension, SessionState } from './state.ts';

export interface SessionOptions {
  readonly client: Client;
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Shared by all sessions of the process. */
  readonly connections: AccountConnections;
  /** What ID answers (RFC 2971 section 3.3), such as name and version. */
  readonly serverId: readonly (readonly [string, string])[];
  /** Capabilities that the operator switched off, in capitals. */
  readonly capabilitiesOff?: ReadonlySet<string>;
  /** Told of every command that ran, for metrics. */
  readonly onCommand?: (facts: CommandFacts) => void;
}

export interface CommandFacts {
  /** In capitals, with `UID `. */
  readonly name: string;
  readonly status: 'OK' | 'NO' | 'BAD' | 'BYE';
  readonly durationMs: number;
}

/**
 * One connection's IMAP session: the state, and the rules that all commands share. Whoever owns the connection
 * calls `greeting`, then `execute` for each command in turn until `ended`, then disposes it.
 */
export class Session implements AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #client: Client;
  #state: SessionState = { kind: 'not authenticated' };
  readonly #enabled = new Set<Extension>();
  /** The place among the account's connections, from login on. */
  #place: Disposable | undefined;
  #badInARow = 0;
  #failedLogins = 0;
  #ended = false;
  /** Set by a command that ends the connection: behind its tagged answer. */
  #ending: { readonly bye: string | undefined } | undefined;
  #running = false;
  #shutdown: string | undefined;
  readonly #shutdownListeners = new Set<() => void>();
  readonly #control: SessionControl;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#control = this.#makeControl();
  }

  /** Whether no further command is to be read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether somebody has logged in: limits on lines, literals and silence are wider then. */
  get authenticated(): boolean {
    return this.#state.kind === 'authenticated' || this.#state.kind === 'selected';
  }

  /** How responses are to be written: `utf8` when mailbox names and strings may be UTF-8. */
  get options(): { readonly utf8: boolean } {
    return { utf8: speaksUtf8(this.#enabled) };
  }

  /** Sends `* OK [CAPABILITY …]`. */
  async greeting(): Promise<void> {
    await this.#send({
      kind: 'status',
      status: 'OK',
      code: { kind: 'CAPABILITY', capabilities: this.#capabilities() },
      text: 'Restante is ready',
    });
  }

  /**
   * Why a command that begins so will be refused whatever follows: then its client need not send the literal
   * that it announced, and no password in the clear (RFC 9051 section 2.2.1).
   */
  objection(beginning: Uint8Array): Refusal | undefined {
    try {
      const { command } = findCommand(beginning, this.#state.kind);
      if (command.name === 'LOGIN') demandPrivacy({ client: this.#client });
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  /** Runs one command to its tagged answer. Rejects only when the connection is gone or a bug of ours broke the session. */
  async execute(incoming: Incoming): Promise<void> {
    // Clients exist that send empty lines between commands.
    if (this.#ended || (incoming.bytes.length === 0 && incoming.refusal === undefined)) return;
    this.#running = true;
    try {
      await this.#execute(incoming);
      if (this.#ending !== undefined) await this.#end(this.#ending.bye);
      else if (this.#shutdown !== undefined) await this.#end(this.#shutdown);
    } catch (error) {
      // Nobody is there to hear more.
      if (!this.#client.signal.aborted) throw error;
      this.#ended = true;
    } finally {
      this.#running = false;
    }
  }

  /**
   * The server stops: says `* BYE` now, or behind the tagged answer of the command under way; IDLE ends at once.
   * Afterwards `ended` is true.
   */
  async shutdown(text: string): Promise<void> {
    if (this.#ended || this.#shutdown !== undefined) return;
    this.#shutdown = text;
    if (!this.#running) await this.#end(text);
    else for (const listener of this.#shutdownListeners) listener();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#deselect();
    const state = this.#state;
    this.#state = { kind: 'logout' };
    this.#place?.[Symbol.dispose]();
    if (state.kind === 'authenticated') await state.account[Symbol.asyncDispose]();
  }

  async #execute(incoming: Incoming): Promise<void> {
    const began = this.#options.onCommand === undefined ? 0 : performance.now();
    let invocation: Invocation | undefined;
    let status: CommandFacts['status'];
    try {
      if (incoming.refusal !== undefined) throw incoming.refusal;
      invocation = prepare(incoming.bytes, {
        state: this.#state.kind,
        enabled: this.#enabled,
        limits: this.#options.limits,
      });
      const completion = await this.#run(invocation, incoming);
      status = completion.status ?? 'OK';
      const code = await this.#codeOf(completion, status);
      await this.#answer(invocation.tag, { status, text: completion.text, code });
      await completion.afterwards?.();
    } catch (error) {
      const refusal = this.#refusal(error, invocation);
      status = refusal.status;
      await this.#refuse(readTag(incoming.bytes), refusal);
    }
    this.#countBad(status);
    this.#options.onCommand?.({
      name: invocation?.name ?? 'unknown',
      status,
      durationMs: performance.now() - began,
    });
  }

  async #run(invocation: Invocation, incoming: Incoming): Promise<Completion> {
    const { command, prepared } = invocation;
    const selected = this.#selected;
    if (command.readWrite && selected?.readOnly === true) {
      throw no('the mailbox was opened by EXAMINE', { kind: 'READ-ONLY' });
    }
    if (prepared.condstore) await this.#control.enableCondstore();
    let completion: Completion;
    try {
      completion = await prepared.run(this.#context(invocation, incoming));
    } catch (error) {
      // What happened meanwhile is told with a NO too.
      if (!this.#client.signal.aborted) {
        await this.#announce(prepared.expunges, invocation.uid);
        await this.#tellModSeq(this.#selected?.loweredModSeq());
      }
      throw error;
    }
    await this.#announce(prepared.expunges, invocation.uid);
    return completion;
  }

  /** The code of the tagged answer, behind the announcements: where there is room, HIGHESTMODSEQ if it is due. */
  async #codeOf(
    { code: given }: Completion,
    status: CommandFacts['status'],
  ): Promise<ResponseCode | undefined> {
    const code = typeof given === 'function' ? given() : given;
    const lowered = this.#selected?.loweredModSeq();
    if (status === 'OK' && (code === undefined || code.kind === 'HIGHESTMODSEQ')) {
      return lowered ?? this.#selected?.raisedModSeq() ?? code;
    }
    await this.#tellModSeq(lowered);
    return code;
  }

  #context({ tag, uid, oldName }: Invocation, { message }: Incoming): CommandContext {
    const { store, authenticator, limits, logger } = this.#options;
    const state = this.#state;
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
      account: known ? state.account : undefined,
      selected: this.#selected,
      enabled: this.#enabled,
      session: this.#control,
      reply: (response) => this.#client.send(response),
    };
  }

  /** Every way to fail becomes a refusal here; what is neither the client's nor the store's fault is ours. */
  #refusal(error: unknown, invocation: Invocation | undefined): Refusal {
    if (this.#client.signal.aborted) throw error;
    if (error instanceof Refusal) return error;
    const facts = { err: error, command: invocation?.name };
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
      this.#ending = undefined;
      await this.#end(text, code);
    } else if (tag !== undefined) await this.#answer(tag, { status, text, code });
    else await this.#send({ kind: 'status', status, text, ...(code && { code }) });
  }

  async #answer(
    tag: string,
    {
      status,
      text,
      code,
    }: { status: 'OK' | 'NO' | 'BAD'; text: string; code: ResponseCode | undefined },
  ): Promise<void> {
    await this.#send({ kind: 'tagged', tag, status, text, ...(code && { code }) });
  }

  /** Clients that speak something else, and broken ones in a loop, are sent away. */
  #countBad(status: CommandFacts['status']): void {
    if (status !== 'BAD') {
      this.#badInARow = 0;
      return;
    }
    this.#badInARow += 1;
    const { badCommandsMax, badCommandsBeforeLoginMax } = this.#options.limits;
    const max = this.authenticated ? badCommandsMax : badCommandsBeforeLoginMax;
    if (this.#badInARow >= max) this.#ending ??= { bye: 'too many commands that make no sense' };
  }

  async #end(bye: string | undefined, code?: ResponseCode): Promise<void> {
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

  get #selected(): Selected | undefined {
    return this.#state.kind === 'selected' ? this.#state.selected : undefined;
  }

  async #announce(expunges: ExpungeRule, uid = false): Promise<void> {
    const selected = this.#selected;
    if (selected === undefined) return;
    for (const response of selected.announcements(expunges, uid)) {
      const waiting = this.#client.send(response);
      if (waiting !== undefined) await waiting;
    }
  }

  async #deselect(): Promise<void> {
    if (this.#state.kind !== 'selected') return;
    const { user, account, selected } = this.#state;
    this.#state = { kind: 'authenticated', user, account };
    await selected[Symbol.asyncDispose]();
  }

  #capabilities(): readonly string[] {
    const { limits, capabilitiesOff } = this.#options;
    const { canStartTls, secure, loopback } = this.#client;
    return capabilities({
      authenticated: this.authenticated,
      canStartTls,
      passwordsAllowed: secure || loopback,
      limits,
      ...(capabilitiesOff && { off: capabilitiesOff }),
    });
  }

  async #logIn(user: AccountRecord): Promise<void> {
    const { connections, store, logger } = this.#options;
    const place = connections.enter(user.id);
    if (place === undefined) {
      throw no('this account has too many connections already', { kind: 'LIMIT' });
    }
    try {
      const account = await store.open(user.id, { signal: this.#client.signal });
      this.#place = place;
      this.#state = { kind: 'authenticated', user, account };
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
    this.#failedLogins = 0;
    logger.info({ user: user.address, remoteAddress: this.#client.remoteAddress }, 'logged in');
  }

  #makeControl(): SessionControl {
    const { serverId, limits, capabilitiesOff } = this.#options;
    return {
      serverId,
      capabilities: () => this.#capabilities(),
      isOff: (capability) => capabilitiesOff?.has(capability) === true,
      loginFailed: () => {
        this.#failedLogins += 1;
        if (this.#failedLogins < limits.loginFailuresPerConnectionMax) return;
        this.#ending = { bye: 'too many failed logins' };
      },
      logIn: (user) => this.#logIn(user),
      select: (selected) => {
        if (this.#state.kind !== 'authenticated') throw bad('no mailbox can be selected now');
        const { user, account } = this.#state;
        this.#state = { kind: 'selected', user, account, selected };
      },
      deselect: () => this.#deselect(),
      enable: (extension) => {
        this.#enabled.add(extension);
        if (extension === 'QRESYNC') this.#enabled.add('CONDSTORE');
      },
      enableCondstore: async () => {
        if (this.#enabled.has('CONDSTORE')) return;
        this.#enabled.add('CONDSTORE');
        const modSeq = this.#selected?.highestModSeq;
        if (modSeq !== undefined) await this.#tellModSeq({ kind: 'HIGHESTMODSEQ', modSeq });
      },
      announce: (expunges) => this.#announce(expunges),
      end: (bye) => {
        this.#ending = { bye };
      },
      onShutdown: (listener) => {
        this.#shutdownListeners.add(listener);
        if (this.#shutdown !== undefined) queueMicrotask(listener);
        return { [Symbol.dispose]: () => void this.#shutdownListeners.delete(listener) };
      },
    };
  }

  async #tellModSeq(code: ResponseCode | undefined): Promise<void> {
    if (code === undefined) return;
    await this.#send({ kind: 'status', status: 'OK', code, text: 'mod-sequence of the mailbox' });
  }
}
