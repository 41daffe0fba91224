import type { Account, Freshness } from '../store/store.ts';
import type { Client } from './client.ts';
import type { SessionState } from './state.ts';

/** What a session knows of the writes of other processes. */
export class News {
  readonly #client: Client;
  /** How much of what the client sent was there when they were last looked for. */
  #knownBytes: number | undefined;
  /** Whose writes those were. */
  #knownAccount: Account | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * A wait for what other processes wrote before the client sent its command, if they did: whoever was answered OK
   * there may have told this client. Commands that came together are asked for once, since nobody can have been told
   * of anything between them.
   */
  before(state: SessionState, what: Freshness | 'nothing'): Promise<void> | undefined {
    if (what === 'nothing') return undefined;
    if (state.kind !== 'authenticated' && state.kind !== 'selected') return undefined;
    const { bytesRead } = this.#client;
    const { account } = state;
    const isKnown = bytesRead !== undefined && bytesRead === this.#knownBytes;
    if (isKnown && account === this.#knownAccount) return undefined;
    if (what === 'all') {
      this.#knownBytes = bytesRead;
      this.#knownAccount = account;
    }
    const news = account.refresh?.(what);
    if (state.kind !== 'selected' || state.realm.account === account) return news;
    const theirs = state.realm.account.refresh?.(what);
    return news === undefined || theirs === undefined ? (news ?? theirs) : both(news, theirs);
  }
}

async function both(first: Promise<void>, second: Promise<void>): Promise<void> {
  await first;
  await second;
}
