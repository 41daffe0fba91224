import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

/** A certificate chain and its private key, PEM. */
export interface TlsFiles {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

/**
 * The certificate that new connections get. `replace` changes it for every listener and for STARTTLS at
 * once; connections that are up keep what they have.
 */
export class TlsIdentity {
  #context: SecureContext;

  /** Throws when the files are no certificate and key that belong together. */
  constructor(files: TlsFiles) {
    this.#context = secureContext(files);
  }

  get context(): SecureContext {
    return this.#context;
  }

  /** Throws as the constructor does, and then nothing has changed. */
  replace(files: TlsFiles): void {
    this.#context = secureContext(files);
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
  });
}
