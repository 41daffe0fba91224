import { constants, randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

/** A certificate chain and its private key, PEM. */
export interface TlsFiles {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  /** What session tickets are sealed with, as `newTicketKeys` makes it: the same for all processes that serve an address. */
  readonly ticketKeys?: string;
}

/**
 * How long session tickets are sealed with the same keys. Whoever gets hold of keys can read recorded sessions of TLS 1.2 that
 * were resumed or ticketed under them; TLS 1.3 resumes with a fresh exchange of keys.
 */
export const ticketKeysMs = 12 * 60 * 60 * 1000;
/** How long a session can be resumed, so that few are cut short by new keys. */
const sessionTimeS = 2 * 60 * 60;

/** Keys for session tickets: 48 random bytes, in base64. */
export function newTicketKeys(): string {
  return randomBytes(48).toString('base64');
}

/**
 * The certificate that new connections get. `replace` changes it for every listener and for STARTTLS at
 * once; connections that are up keep what they have. Keys of session tickets that are nobody else's are renewed in time.
 */
export class TlsIdentity {
  readonly #now: () => number;
  #files: TlsFiles;
  #context: SecureContext;
  #since: number;

  /** Throws when the files are no certificate and key that belong together. `now` is in milliseconds. */
  constructor(files: TlsFiles, now = (): number => performance.now()) {
    this.#now = now;
    this.#files = files;
    this.#context = secureContext(files);
    this.#since = now();
  }

  get context(): SecureContext {
    const { ticketKeys } = this.#files;
    // A new context has new keys.
    if (ticketKeys === undefined && this.#now() - this.#since >= ticketKeysMs)
      this.replace(this.#files);
    return this.#context;
  }

  /** Throws as the constructor does, and then nothing has changed. */
  replace(files: TlsFiles): void {
    this.#context = secureContext(files);
    this.#files = files;
    this.#since = this.#now();
  }
}

function secureContext(files: TlsFiles): SecureContext {
  return createSecureContext({
    cert: Buffer.from(files.cert),
    key: Buffer.from(files.key),
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
    sessionIdContext: 'restante',
    sessionTimeout: sessionTimeS,
    ...(files.ticketKeys !== undefined && { ticketKeys: Buffer.from(files.ticketKeys, 'base64') }),
  });
}
