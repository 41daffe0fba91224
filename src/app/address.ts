import { ConfigError } from './config-error.ts';

/** Where a door of the server stands. Port 0 is any free one. */
export type ListenAddress = ImapListenAddress | LmtpListenAddress | HttpListenAddress;

export interface ImapListenAddress {
  readonly scheme: 'imap' | 'imaps';
  readonly host: string;
  readonly port: number;
}

export type LmtpListenAddress =
  | { readonly scheme: 'lmtp'; readonly host: string; readonly port: number }
  | { readonly scheme: 'lmtp+unix'; readonly path: string };

export interface HttpListenAddress {
  readonly scheme: 'http';
  readonly host: string;
  readonly port: number;
}

/** Where mail is kept. */
export interface StoreAddress {
  readonly scheme: 'sqlite';
  readonly directory: string;
}

const defaultPorts = { imap: 143, imaps: 993, lmtp: 24, http: undefined } as const;
const listenExamples =
  'imap://127.0.0.1:1143, imaps://0.0.0.0:993, lmtp://127.0.0.1:1024, lmtp+unix:/run/restante/lmtp.sock or http://127.0.0.1:8080';

/** Reads `imap://127.0.0.1:1143` and its like. Throws ConfigError. */
export function parseListenAddress(text: string): ListenAddress {
  const refuse = (why: string): never => {
    throw new ConfigError(`${why}; write it like ${listenExamples}`);
  };
  const scheme = /^([a-z][a-z+]*):/.exec(text)?.[1];
  if (scheme === 'lmtp+unix') {
    const path = text.slice('lmtp+unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') refuse('the socket needs a path');
    return { scheme, path };
  }
  if (scheme !== 'imap' && scheme !== 'imaps' && scheme !== 'lmtp' && scheme !== 'http') {
    return refuse('it does not begin with imap:, imaps:, lmtp:, lmtp+unix: or http:');
  }
  const found = /^[a-z]+:\/\/(\[[0-9a-fA-F:.%]+\]|[^/:[\]@?#]+)(?::(\d{1,5}))?\/?$/.exec(text);
  if (found === null) return refuse('it is not scheme://host:port');
  const [, host = '', portText] = found;
  const port = portText === undefined ? defaultPorts[scheme] : Number(portText);
  if (port === undefined) return refuse('it needs a port');
  if (port > 65_535) refuse(`there is no port ${port}`);
  return { scheme, host: host.replace(/^\[(.*)\]$/, '$1'), port };
}

/** The URL that `parseListenAddress` reads. */
export function listenUrl(address: ListenAddress): string {
  if (address.scheme === 'lmtp+unix') return `lmtp+unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${address.scheme}://${host}:${address.port}`;
}

/** Reads `sqlite:./restante-data`. Throws ConfigError. */
export function parseStoreAddress(text: string): StoreAddress {
  const directory = /^sqlite:(?:\/\/(?=\/))?(.+)$/s.exec(text)?.[1];
  if (directory === undefined) {
    throw new ConfigError('it is not a store; write it like sqlite:./restante-data');
  }
  return { scheme: 'sqlite', directory };
}
