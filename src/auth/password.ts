/**
 * Password hashes: argon2id in the PHC string form, `$argon2id$v=19$m=47104,t=1,p=1$salt$hash`, base64
 * without padding. Of the costs that OWASP takes for equal this one (46 MiB, 1 pass) is chosen because glibc
 * gives blocks above 32 MiB back at once; smaller ones it keeps, once for each thread of the pool.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { argon2id } from './argon2.ts';
import { Gate } from './gate.ts';
import { saslprep } from './saslprep.ts';

interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

const cost: Cost = { memoryKib: 47_104, passes: 1, lanes: 1 };
const saltBytes = 16;
const hashBytes = 32;

/** More at once would only make every login slower, and each holds 46 MiB. */
const gate = new Gate(Math.max(2, availableParallelism()));

/** The hash to keep of a password, with a salt of its own. Rejects for one that SASLprep refuses (RFC 4616 section 2). */
export async function hashPassword(password: string): Promise<string> {
  const prepared = await saslprep(password, 'stored');
  if (prepared === undefined) throw new Error('a password has characters that may not be used');
  const salt = randomBytes(saltBytes);
  const hash = await gate.run(() => derive(prepared, { salt, cost, size: hashBytes }));
  const parameters = `m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}`;
  return `$argon2id$v=19$${parameters}$${base64(salt)}$${base64(hash)}`;
}

/**
 * Whether the password is the one of this hash; compared in constant time. Rejects when the hash is not
 * one of ours, and with the signal's reason when it is aborted while waiting for its turn.
 */
export async function verifyPassword(
  password: string,
  hash: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { salt, wanted, used } = parseHash(hash);
  // One that cannot be prepared fits nothing, and costs the same.
  const prepared = await saslprep(password, 'query');
  const derived = await gate.run(
    () => derive(prepared ?? '', { salt, cost: used, size: wanted.length }),
    signal,
  );
  return timingSafeEqual(derived, wanted) && prepared !== undefined;
}

/** A hash that fits no password: checking against it costs what checking a real one costs. */
export const nobodysHash =
  `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}` +
  `$${base64(randomBytes(saltBytes))}$${base64(randomBytes(hashBytes))}`;

function derive(
  password: string,
  {
    salt,
    cost: { memoryKib, passes, lanes },
    size,
  }: { salt: Uint8Array; cost: Cost; size: number },
): Promise<Uint8Array> {
  const message = Buffer.from(password, 'utf8');
  return argon2id({ message, salt, memoryKib, passes, lanes, size });
}

function parseHash(hash: string): { salt: Buffer; wanted: Buffer; used: Cost } {
  const found =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
      hash,
    );
  if (found === null) throw new Error('the password hash is not an argon2id PHC string');
  const [, memoryKib, passes, lanes, salt = '', wanted = ''] = found;
  return {
    salt: Buffer.from(salt, 'base64'),
    wanted: Buffer.from(wanted, 'base64'),
    used: { memoryKib: Number(memoryKib), passes: Number(passes), lanes: Number(lanes) },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
