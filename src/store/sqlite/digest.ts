import { hash } from 'node:crypto';

/**
 * What tells messages apart, from their bytes alone: the SHA-256 of one that is a single chunk; of a larger one the
 * SHA-512/256 of its chunks' SHA-256s, another function, so that no small message can be made to look like it. Chunks are
 * digested by threads beside the main one, which half a millisecond for each MiB would keep from other clients.
 */
export class ChunkDigest {
  readonly #chunks: Promise<ArrayBuffer>[] = [];

  /** Takes the next chunk; its bytes are copied before this returns. */
  update(chunk: Uint8Array): void {
    // Buffers of the store are never memory that threads share, which the function refuses.
    const digest = crypto.subtle.digest('SHA-256', chunk as Uint8Array<ArrayBuffer>);
    // A failure is met at the end, if anybody asks.
    digest.catch(() => undefined);
    this.#chunks.push(digest);
  }

  async end(): Promise<Uint8Array> {
    const digests = (await Promise.all(this.#chunks)).map((digest) => Buffer.from(digest));
    const [only] = digests;
    if (only !== undefined && digests.length === 1) return only;
    return hash('sha512-256', Buffer.concat(digests), 'buffer');
  }
}

/** As `ChunkDigest` of one chunk, at once. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}
