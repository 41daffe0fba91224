import { createCipheriv, hash, type KeyObject } from 'node:crypto';
import { chunkBytes } from './chunks.ts';

/**
 * What tells messages apart, from their bytes alone: the SHA-256 of one that fills no chunk; of a larger one the
 * SHA-512/256 of its chunks' authentication codes under a secret of the store (GMAC, NIST SP 800-38D), another function,
 * so that no small message can be made to look like it. A code takes an eighth of the time of a SHA-256, and who does
 * not know the key cannot make two chunks that share one. Codes under one nonce would give the key away to who sees
 * them; nobody does, they are kept nowhere.
 */
export class ChunkDigest {
  readonly #key: KeyObject;
  readonly #codes: Uint8Array[] = [];
  #only: Uint8Array | undefined;

  /** 32 bytes; as an object, which takes 8 µs less for each chunk. */
  constructor(key: KeyObject) {
    this.#key = key;
  }

  /** Takes the next chunk; all but the last are full. */
  update(chunk: Uint8Array): void {
    if (this.#codes.length === 0 && chunk.length < chunkBytes) this.#only = digestOf(chunk);
    else this.#codes.push(codeOf(chunk, this.#key));
  }

  end(): Uint8Array {
    return this.#only ?? hash('sha512-256', Buffer.concat(this.#codes), 'buffer');
  }
}

/** As `ChunkDigest` of bytes that fill no chunk. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

const nonce = Buffer.alloc(12);

/** Authenticated, and nothing encrypted. */
function codeOf(chunk: Uint8Array, key: KeyObject): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(chunk);
  cipher.final();
  return cipher.getAuthTag();
}
