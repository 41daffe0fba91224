import { createHash } from 'node:crypto';
import type { MessageRef } from '../../model/ids.ts';
import type { Account, Mailbox } from '../../store/store.ts';
import { StoreError } from '../../store/store-error.ts';

/**
 * Which messages a mailbox has, byte for byte, so that importing twice keeps one. No record of imports
 * is kept that could be lost or lie: a message of the same size is read back and its digest compared.
 */
export class Present {
  readonly #account: Account;
  /** Messages whose digest is not known yet. */
  readonly #bySize: Map<number, MessageRef[]>;
  /** The reading of all messages of a size, begun at most once. */
  readonly #reading = new Map<number, Promise<void>>();
  readonly #stored = new Set<string>();
  readonly #claimed = new Set<string>();

  private constructor(account: Account, bySize: Map<number, MessageRef[]>) {
    this.#account = account;
    this.#bySize = bySize;
  }

  /** Of a mailbox as it is now; undefined stands for one that is yet to be made. */
  static async of(account: Account, mailbox: Mailbox | undefined): Promise<Present> {
    const bySize = new Map<number, MessageRef[]>();
    if (mailbox === undefined) return new Present(account, bySize);
    await using view = await account.view(mailbox.id);
    for (let row = 0; row < view.count; row += 1) {
      const size = view.size(row);
      const list = bySize.get(size);
      if (list === undefined) bySize.set(size, [view.message(row)]);
      else list.push(view.message(row));
    }
    return new Present(account, bySize);
  }

  /**
   * Takes a message for this import: `new`, or `stored` when the mailbox had it before, or `repeated`
   * when this import already met it.
   */
  async claim(size: number, digest: string): Promise<'new' | 'stored' | 'repeated'> {
    await this.#readSize(size);
    if (this.#claimed.has(digest)) return 'repeated';
    this.#claimed.add(digest);
    return this.#stored.has(digest) ? 'stored' : 'new';
  }

  /** Gives a claim back, for a message that could not be stored. */
  release(digest: string): void {
    this.#claimed.delete(digest);
  }

  #readSize(size: number): Promise<void> {
    let reading = this.#reading.get(size);
    const refs = this.#bySize.get(size);
    if (reading === undefined && refs === undefined) return Promise.resolve();
    reading ??= this.#readAll(refs ?? []);
    this.#reading.set(size, reading);
    this.#bySize.delete(size);
    return reading;
  }

  async #readAll(refs: readonly MessageRef[]): Promise<void> {
    for (const ref of refs) {
      try {
        const content = await this.#account.content(ref);
        const hash = createHash('sha256');
        for await (const chunk of content.read(0, content.size)) hash.update(chunk);
        this.#stored.add(hash.digest().toString('latin1'));
      } catch (error) {
        // One that cannot be read back is no reason not to import it again.
        if (!(error instanceof StoreError) || error.code !== 'corrupt') throw error;
      }
    }
  }
}
