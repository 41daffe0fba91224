import { listenUrl } from './address.ts';
import { ConfigError } from './config-error.ts';

/** The process cannot start, for a reason that is not the configuration's. */
export class StartError extends Error {
  constructor(text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = 'StartError';
  }
}

/** An error of starting a server in words that help, where there are any; otherwise as it is. */
export function explained(error: unknown): unknown {
  const failure = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const cause = { cause: error };
  if (failure.code?.startsWith('ERR_OSSL_') === true) {
    return new ConfigError(
      `tls-cert and tls-key are not a certificate and its key in PEM form (${failure.message})`,
      cause,
    );
  }
  // `bind` is what a worker is told when the primary could not listen.
  if (!['listen', 'bind', 'getaddrinfo'].includes(failure.syscall ?? '')) return error;
  if (failure.code === 'EADDRINUSE') {
    return new StartError(
      `cannot listen on ${where(failure)}: another program does; stop it or choose another --listen`,
      cause,
    );
  }
  if (failure.code === 'EACCES') {
    return new StartError(
      `cannot listen on ${where(failure)}: not allowed; ports below 1024 need privileges`,
      cause,
    );
  }
  return new StartError(`cannot listen: ${failure.message}; check --listen`, cause);
}

function where({ address = '', port }: { address?: string; port?: number }): string {
  if (port === undefined || port < 0) return address;
  return listenUrl({ scheme: 'imap', host: address, port }).slice('imap://'.length);
}
