import { argon2 } from 'node:crypto';

/** A password in UTF-8 and what argon2id makes of it: RFC 9106 section 3.1. */
export interface Derivation {
  readonly message: Uint8Array;
  readonly salt: Uint8Array;
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
  /** Bytes of the result. */
  readonly size: number;
}

/** Derives in a thread of the pool. Rejects for costs and salts that RFC 9106 does not allow. */
export type Argon2id = (derivation: Derivation) => Promise<Uint8Array>;

/** Only who logs in by password pays for the code. */
const loadNative = async (): Promise<typeof import('@node-rs/argon2')> =>
  await import('@node-rs/argon2');

/** The number that the library has for argon2id; its names are there for the compiler alone. */
const typeId = 2;

/**
 * argon2id, by a native library where there is one for this machine: it uses the processor's vector instructions, and
 * Node's own, which is taken elsewhere, does not and takes six times as long for the same result.
 */
export function argon2idOf(load = loadNative): Argon2id {
  let chosen: Promise<Argon2id> | undefined;
  return async (derivation) => {
    chosen ??= load().then(byLibrary, () => byNode);
    return await (
      await chosen
    )(derivation);
  };
}

export const argon2id: Argon2id = argon2idOf();

function byLibrary({ hashRaw }: Awaited<ReturnType<typeof loadNative>>): Argon2id {
  return async ({ message, salt, memoryKib, passes, lanes, size }) =>
    await hashRaw(message, {
      algorithm: typeId,
      salt,
      memoryCost: memoryKib,
      timeCost: passes,
      parallelism: lanes,
      outputLen: size,
    });
}

const byNode: Argon2id = ({ message, salt, memoryKib, passes, lanes, size }) => {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const parameters = {
    message,
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism: lanes,
    tagLength: size,
  };
  argon2('argon2id', parameters, (error, key) => {
    if (error === null) resolve(key);
    else reject(error);
  });
  return promise;
};
