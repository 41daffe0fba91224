/** A server under test: how to start, fill, restart and observe it. */
import { createServer } from 'node:net';

/**
 * How it runs. `usual`: by default. `strict`: every write synced before it is answered. `relaxed`: flag changes are not waited for.
 * `one`, `two`: so many processes behind one address. `loading`: nothing is synced, to fill it.
 */
export type Setting = 'usual' | 'strict' | 'relaxed' | 'one' | 'two' | 'loading';

/** Names of the accounts: `u0@bench.test` and on; all of them have this password. */
export const password = 'secret';
export const accounts = 120;
export const user = (number: number): string => `u${number}@bench.test`;
/** Accounts whose password costs argon2id on every server, each with a salt of its own. */
export const dearAccounts = 30;
export const dearUser = (number: number): string => `dear${number}@bench.test`;

/** Accounts with some mail each, to show what their number costs. */
export const crowdUser = (number: number): string => `crowd${number}@bench.test`;

/** What the mailboxes of `u0` hold. */
export interface Ground {
  /** `Mail`: this many realistic messages of distinct content. */
  readonly mail: number;
  readonly mailBytes: number;
  /** `S1000` and the like: so many small messages, copies of a thousand. Each divides the next. */
  readonly sizes: readonly number[];
  /** `box/0` and on: small mailboxes. */
  readonly boxes: number;
  /** Messages in the INBOX of each of the other accounts. */
  readonly inbox: number;
  /** How many accounts have that. */
  readonly inboxes: number;
  /** How many further accounts there are, each with ten messages. */
  readonly crowd: number;
}

export interface LoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Target extends AsyncDisposable {
  readonly name: 'restante' | 'dovecot' | 'nothing';
  readonly version: string;
  /** Its ports and its process; they change at each start. */
  readonly imap: number;
  readonly imaps: number;
  readonly lmtp: number;
  readonly pid: number;
  /** Makes accounts and mail; leaves it stopped. */
  fill(ground: Ground): Promise<void>;
  /** Runs it with this setting; does nothing when it does already. */
  start(setting: Setting): Promise<void>;
  stop(): Promise<void>;
  /** Removes what it has computed from messages and could compute again; only while stopped. */
  forget(): void;
  /** The end of its log. */
  log(): string;
  /** Delay of its event loop since the last question; undefined where there is no such thing. */
  loopDelay(): Promise<LoopDelay | undefined>;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
