import { Alarm, type Sleeper } from '../base/alarm.ts';
import { sameText } from '../base/ascii.ts';
import type { Client } from './client.ts';
import type { Completion, ExpungeRule } from './command.ts';
import type { Notifications } from './notifications.ts';
import type { Selected } from './selected.ts';

/** A command that idles: what its end needs. */
export interface Idler {
  readonly tag: string;
  readonly name: string;
  readonly completion: Completion;
  /** In `performance.now()`. */
  readonly began: number;
  readonly listening: Listening;
}

/** What a listening session tells with. */
export interface ListeningOptions {
  readonly client: Client;
  readonly session: { announceAlone(expunges: ExpungeRule): Promise<void> };
  readonly selected: Selected | undefined;
  readonly notifications: Notifications | undefined;
  /** Whether EXPUNGE may be told. */
  readonly expunges: ExpungeRule;
  /** In IDLE: after so long the client hears something all the same. */
  readonly keepaliveMs: number | undefined;
}

/**
 * News told as it comes: in IDLE (RFC 9051 section 6.3.13), and between commands after NOTIFY (RFC 5465). Nothing polls
 * and nothing is suspended: a delta of the selected view, a mark of the notifications or the alarm calls it, and it
 * tells what is due. Thousands of clients are here for half an hour at a time, so that a suspended function, with
 * those that wait for it, would be most of what each costs.
 */
export class Listening implements Sleeper {
  readonly #options: ListeningOptions;
  readonly #alarm: Alarm | undefined;
  #news = false;
  #alive = false;
  #telling: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: ListeningOptions) {
    this.#options = options;
    const { selected, notifications, keepaliveMs } = options;
    if (keepaliveMs !== undefined) {
      this.#alarm = new Alarm(this);
      // Outlook gives up for ever on a server that closes IDLE, and NATs forget silent connections.
      this.#alarm.set(keepaliveMs, 'keepalive');
    }
    const wake = (): void => {
      this.#news = true;
      this.#tell();
    };
    if (selected !== undefined) selected.wake = wake;
    if (notifications !== undefined) notifications.wake = wake;
    // Between commands it may have come while the last answer waited for the client.
    if (keepaliveMs === undefined) wake();
  }

  alarm(reason: string): void {
    this.#alarm?.set(this.#options.keepaliveMs ?? 0, reason);
    this.#alive = true;
    this.#tell();
  }

  /** Ends it when all is told that was begun. Rejects with what went wrong meanwhile. */
  async end(): Promise<void> {
    this.#alarm?.[Symbol.dispose]();
    const { selected, notifications } = this.#options;
    if (selected !== undefined) selected.wake = undefined;
    if (notifications !== undefined) notifications.wake = undefined;
    await this.#telling;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #tell(): void {
    if (this.#failure === undefined) this.#telling ??= this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    // Deltas of one turn are told together.
    await Promise.resolve();
    const { client, session, expunges } = this.#options;
    try {
      while (this.#news || this.#alive) {
        if (this.#news) {
          this.#news = false;
          await session.announceAlone(expunges);
        }
        if (this.#alive) {
          this.#alive = false;
          await client.send({ kind: 'status', status: 'OK', text: 'Still here' });
        }
        client.flush();
      }
    } catch (error) {
      // It is for the answer to say, at the latest when the connection is gone.
      this.#failure = { error };
    } finally {
      this.#telling = undefined;
    }
  }
}

/** Whether the line that an idling command waited for is this word. */
export function says(line: Uint8Array | undefined, word: string): boolean {
  return line !== undefined && sameText(Buffer.from(line).toString('latin1').trimEnd(), word);
}
