import { Alarm, type Sleeper } from '../base/alarm.ts';
import type { Client } from './client.ts';
import type { Completion, SessionControl } from './command.ts';
import type { Selected } from './selected.ts';

/** The command that idles: what its end needs. */
export interface Idler {
  readonly tag: string;
  readonly name: string;
  readonly completion: Completion;
  /** In `performance.now()`. */
  readonly began: number;
}

/** What an idling session tells with. */
export interface IdlingOptions {
  readonly client: Client;
  readonly session: Pick<SessionControl, 'announce'>;
  readonly selected: Selected | undefined;
  readonly keepaliveMs: number;
}

/**
 * IDLE under way (RFC 9051 section 6.3.13). Nothing polls and nothing is suspended: a delta of the selected view or the
 * alarm calls it, and it tells what is due. Thousands of clients are here for half an hour at a time, so that a
 * suspended function, with those that wait for it, would be most of what each costs.
 */
export class Idling implements Sleeper {
  readonly idler: Idler;
  readonly #options: IdlingOptions;
  readonly #alarm: Alarm;
  #news = false;
  #alive = false;
  #telling: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(idler: Idler, options: IdlingOptions) {
    this.idler = idler;
    this.#options = options;
    this.#alarm = new Alarm(this);
    const { selected, keepaliveMs } = options;
    // Outlook gives up for ever on a server that closes IDLE, and NATs forget silent connections.
    this.#alarm.set(keepaliveMs, 'keepalive');
    if (selected === undefined) return;
    selected.wake = () => {
      this.#news = true;
      this.#tell();
    };
  }

  alarm(reason: string): void {
    this.#alarm.set(this.#options.keepaliveMs, reason);
    this.#alive = true;
    this.#tell();
  }

  /** Ends it when all is told that was begun. Rejects with what went wrong meanwhile. */
  async end(): Promise<void> {
    this.#alarm[Symbol.dispose]();
    const { selected } = this.#options;
    if (selected !== undefined) selected.wake = undefined;
    await this.#telling;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #tell(): void {
    if (this.#failure === undefined) this.#telling ??= this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    // Deltas of one turn are told together.
    await Promise.resolve();
    const { client, session } = this.#options;
    try {
      while (this.#news || this.#alive) {
        if (this.#news) {
          this.#news = false;
          await session.announce('announced');
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
