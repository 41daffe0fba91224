/** A session over an account in memory, with a client that is a list of lines. For tests. */
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { silent } from '../../src/base/logger.ts';
import type { AccountRecord } from '../../src/model/account.ts';
import type { CapabilitySwitches } from '../../src/model/offer.ts';
import type { Response, Tagged } from '../../src/model/response.ts';
import type { Client, Incoming } from '../../src/session/client.ts';
import { AccountConnections } from '../../src/session/connections.ts';
import type { CommandFacts } from '../../src/session/command-facts.ts';
import { Session } from '../../src/session/session.ts';
import type { Store } from '../../src/store/store.ts';
import { singly } from './fetch-run.ts';
import { MemoryAccount } from './memory-account.ts';

export interface MemorySessionOptions {
  readonly account?: MemoryAccount;
  readonly limits?: Partial<Limits>;
  readonly secure?: boolean;
  readonly loopback?: boolean;
  readonly canStartTls?: boolean;
  readonly connections?: AccountConnections;
  /** For everybody, and for the account. */
  readonly capabilities?: CapabilitySwitches;
  readonly ownCapabilities?: CapabilitySwitches;
}

export class MemorySession {
  readonly account: MemoryAccount;
  readonly session: Session;
  /** Everything sent and not yet taken. */
  sent: Response[] = [];
  readonly facts: CommandFacts[] = [];
  secure: boolean;
  readonly #abort = new AbortController();
  readonly #lines: string[] = [];
  #waiting: ((line: Uint8Array | undefined) => void) | undefined;
  #onSend: (() => void) | undefined;

  constructor(options: MemorySessionOptions = {}) {
    this.account = options.account ?? new MemoryAccount();
    const limits: Limits = { ...defaultLimits, ...options.limits };
    this.secure = options.secure ?? false;
    const user: AccountRecord = {
      id: this.account.id,
      address: 'anna@example.org',
      aliases: [],
      createdAt: new Date(0),
      ...(options.ownCapabilities && { capabilities: options.ownCapabilities }),
    };
    this.session = new Session({
      client: this.#client(options),
      store: {
        open: () => Promise.resolve(this.account.asAccount()),
        directory: {},
      } as unknown as Store,
      authenticator: {
        check: ({ user: name, password }) =>
          Promise.resolve(name === user.address && password === 'secret' ? user : undefined),
      },
      limits,
      logger: silent,
      connections: options.connections ?? new AccountConnections(limits.connectionsPerAccountMax),
      serverId: [['name', 'Restante']],
      onCommand: (facts) => void this.facts.push(facts),
      capabilities: options.capabilities,
    });
  }

  static async loggedIn(options: MemorySessionOptions = {}): Promise<MemorySession> {
    const memory = new MemorySession({ loopback: true, ...options });
    await memory.run('LOGIN anna@example.org secret');
    return memory;
  }

  static async selected(options: MemorySessionOptions = {}): Promise<MemorySession> {
    const memory = await MemorySession.loggedIn(options);
    await memory.run('SELECT INBOX');
    return memory;
  }

  /** Runs a command under the tag `t`; what was sent for it, in short. */
  async run(command: string): Promise<string[]> {
    return (await this.responses(command)).map(inShort);
  }

  async responses(command: string): Promise<Response[]> {
    await this.execute(`t ${command}`);
    return this.take();
  }

  async execute(line: string, more: Omit<Incoming, 'bytes'> = {}): Promise<void> {
    await this.session.execute({ bytes: Buffer.from(line, 'utf8'), ...more });
    if (this.session.idling) await this.session.resume(await this.#nextLine());
  }

  /** The server stops; what idles ends without a line. */
  async shutdown(text: string): Promise<void> {
    await this.session.shutdown(text);
    this.line(undefined);
  }

  take(): Response[] {
    const taken = this.sent;
    this.sent = [];
    return taken;
  }

  /** The client says a line to a command that waits for it. */
  line(text: string | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) waiting(text === undefined ? undefined : Buffer.from(text));
    else if (text !== undefined) this.#lines.push(text);
  }

  /** Waits until something has been sent, and what is sent in the same turn. */
  async something(): Promise<string[]> {
    if (this.sent.length === 0) await new Promise<void>((resolve) => (this.#onSend = resolve));
    await new Promise<void>((resolve) => setImmediate(resolve));
    return this.take().map(inShort);
  }

  disconnect(): void {
    this.#abort.abort(new Error('the client has gone'));
    this.line(undefined);
  }

  #nextLine(): Promise<Uint8Array | undefined> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(Buffer.from(line));
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  #client({ loopback = false, canStartTls = false }: MemorySessionOptions): Client {
    const isSecure = (): boolean => this.secure;
    return {
      get secure() {
        return isSecure();
      },
      loopback,
      get canStartTls() {
        return canStartTls && !isSecure();
      },
      remoteAddress: '192.0.2.1',
      signal: this.#abort.signal,
      send: (response) => {
        if (response.kind === 'FETCH run') this.sent.push(...singly(response));
        else this.sent.push(response);
        this.#onSend?.();
        this.#onSend = undefined;
        return undefined;
      },
      flush: () => undefined,
      line: () => this.#nextLine(),
      compressed: false,
      compress: () => undefined,
      decompress: () => Promise.resolve(),
      startTls: () => {
        this.secure = true;
        return Promise.resolve();
      },
    };
  }
}

/** A response as tests like to read it: close to the wire, without the words meant for people. */
export function inShort(response: Response): string {
  switch (response.kind) {
    case 'tagged':
      return `${response.status}${codeInShort(response.code)}`;
    case 'continuation':
      return `+ ${response.text}`;
    case 'status':
      return `* ${response.status}${codeInShort(response.code)}`;
    case 'EXISTS':
    case 'RECENT':
      return `* ${response.count} ${response.kind}`;
    case 'EXPUNGE':
      return `* ${response.sequence} EXPUNGE`;
    case 'VANISHED':
      return `* VANISHED${response.earlier ? ' (EARLIER)' : ''} ${response.uids.toString()}`;
    case 'FLAGS':
      return `* FLAGS ${response.flags.join(' ')}`;
    case 'CAPABILITY':
    case 'ENABLED':
      return `* ${response.kind} ${response.capabilities.join(' ')}`.trimEnd();
    case 'LIST':
    case 'LSUB': {
      const info =
        response.childInfo === undefined ? '' : ` CHILDINFO ${response.childInfo.join(' ')}`;
      const old = response.oldName === undefined ? '' : ` OLDNAME ${response.oldName}`;
      return `* ${response.kind} (${response.attributes.join(' ')}) ${response.mailbox}${info}${old}`;
    }
    case 'STATUS':
      return `* STATUS ${response.mailbox} ${response.items.map(({ item, value }) => `${item} ${value}`).join(' ')}`;
    case 'FETCH': {
      const items = response.items.map((item) => {
        if (item.kind === 'UID') return `UID ${item.uid}`;
        if (item.kind === 'MODSEQ') return `MODSEQ ${item.modSeq}`;
        if (item.kind !== 'FLAGS') return item.kind;
        return `FLAGS (${[...item.flags.flags, ...(item.recent ? ['\\Recent'] : [])].join(' ')})`;
      });
      return `* ${response.sequence} FETCH ${items.join(' ')}`;
    }
    default:
      return `* ${response.kind}`;
  }
}

function codeInShort(code: Tagged['code']): string {
  if (code === undefined) return '';
  const { kind, ...rest } = code;
  const values = Object.values(rest)
    .map(String)
    .filter((value) => value !== '');
  return ` [${[kind, ...(kind === 'CAPABILITY' ? [] : values)].join(' ')}]`;
}
