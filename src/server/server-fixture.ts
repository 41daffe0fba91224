/** What the tests of this folder share: a session without a store, and a client. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { generate } from 'selfsigned';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { silent } from '../base/logger.ts';
import { bad, Refusal } from '../model/refusal.ts';
import type { Client, Incoming } from '../session/client.ts';
import { Admission } from './admission.ts';
import type { Conversation } from './conversation.ts';
import { ImapServer, type ImapAddress } from './imap-server.ts';
import { TlsIdentity, type TlsFiles } from './tls-identity.ts';

/** A session of a few words, so that what is tested here is the connection alone. */
class Parrot implements Conversation {
  readonly #client: Client;
  readonly heard: string[] = [];
  readonly options = { utf8: false };
  ended = false;
  authenticated = false;
  idling = false;
  disposed = false;
  #idler = '';

  constructor(client: Client) {
    this.#client = client;
  }

  get #connection(): { readonly bytesWritten: number } {
    assert.ok('bytesWritten' in this.#client);
    return this.#client as Client & { readonly bytesWritten: number };
  }

  async greeting(): Promise<void> {
    await this.#say('hello');
  }

  objection(beginning: Uint8Array): Refusal | undefined {
    return Buffer.from(beginning).includes(' NONSENSE ') ? bad('nonsense') : undefined;
  }

  async execute(incoming: Incoming): Promise<void> {
    const text = Buffer.from(incoming.bytes).toString('latin1');
    this.heard.push(text);
    const [tag = '', word = ''] = text.split(' ');
    if (incoming.refusal !== undefined)
      return await this.#done(tag, incoming.refusal.message, 'BAD');
    if (word === 'LOGIN') this.authenticated = true;
    if (word === 'BYE') this.ended = true;
    if (word === 'APPEND') return await this.#append(tag, incoming);
    if (word === 'IDLE') {
      await this.#client.send({ kind: 'continuation', text: 'idling' });
      this.#idler = tag;
      this.idling = true;
      return;
    }
    if (word === 'ASK') {
      await this.#client.send({ kind: 'continuation', text: 'say it' });
      this.#client.flush();
      const line = await this.#client.line();
      return await this.#done(tag, line === undefined ? 'gone' : Buffer.from(line).toString());
    }
    if (word === 'FLOOD') {
      for (let n = 0; n < 100_000; n += 1) await this.#say('x'.repeat(1000));
    }
    if (word === 'BODY') {
      const content = { size: 300_000, chunks: slices(300_000) };
      await this.#client.send({
        kind: 'FETCH',
        sequence: 1 as never,
        items: [{ kind: 'BODY[]', section: { part: [], text: { kind: 'ALL' } }, content }],
      });
    }
    if (word === 'SLOW') {
      const { bytesWritten: before } = this.#connection;
      for (const end = performance.now() + 4; performance.now() < end;);
      setImmediate(() => this.heard.push(String(this.#connection.bytesWritten > before)));
    }
    await this.#done(tag, `${word} ${this.#client.secure ? 'secure' : 'clear'}`);
    if (word === 'STARTTLS') await this.#client.startTls();
    if (word === 'COMPRESS') this.#client.compress();
    if (word === 'DECOMPRESS') await this.#client.decompress();
  }

  async resume(line: Uint8Array | Refusal | undefined): Promise<void> {
    this.idling = false;
    if (line instanceof Refusal) return await this.#done(this.#idler, line.message, 'BAD');
    await this.#done(this.#idler, line === undefined ? 'gone' : Buffer.from(line).toString());
  }

  async shutdown(text: string): Promise<void> {
    this.ended = true;
    await this.#client.send({ kind: 'status', status: 'BYE', text });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }

  async #append(tag: string, { message }: Incoming): Promise<void> {
    assert.ok(message !== undefined);
    if (message.size === 4) return await this.#done(tag, 'no four', 'NO');
    const chunks: Uint8Array[] = [];
    for await (const chunk of message.accept()) {
      chunks.push(Uint8Array.from(chunk));
      if (message.size === 5) return await this.#done(tag, 'enough', 'NO');
    }
    const rest = await message.rest();
    const text = Buffer.concat(chunks).toString('latin1');
    const shown = text.length > 100 ? `${text.length} bytes` : text;
    await this.#done(tag, `${shown}|${Buffer.from(rest.bytes).toString('latin1')}`);
  }

  async #say(text: string): Promise<void> {
    await this.#client.send({ kind: 'status', status: 'OK', text });
  }

  async #done(tag: string, text: string, status: 'OK' | 'NO' | 'BAD' = 'OK'): Promise<void> {
    await this.#client.send({ kind: 'tagged', tag, status, text });
  }
}

async function* slices(size: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < size; sent += 10_000) yield Buffer.alloc(10_000, 'm');
}

export interface SceneOptions {
  readonly implicitTls?: boolean;
  readonly trusted?: boolean;
  readonly tls?: TlsFiles;
}

export interface Scene extends AsyncDisposable {
  readonly server: ImapServer;
  readonly address: ImapAddress;
  readonly parrots: Parrot[];
  readonly identity: TlsIdentity | undefined;
}

/** A certificate and key for one test. */
export async function pem(): Promise<TlsFiles> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' });
  return { cert: made.cert, key: made.private };
}

/** A server of parrots. Everybody is trusted unless told. */
export async function scene(
  limits: Partial<Limits> = {},
  options: SceneOptions = {},
): Promise<Scene> {
  const { implicitTls = false, trusted = true, tls } = options;
  const parrots: Parrot[] = [];
  const all = { ...defaultLimits, ...limits };
  const identity = tls && new TlsIdentity(tls);
  const server = new ImapServer({
    limits: all,
    logger: silent,
    tls: identity,
    admission: new Admission({ limits: all, trusted: () => trusted }),
    converse: (client) => {
      const parrot = new Parrot(client);
      parrots.push(parrot);
      return parrot;
    },
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0, implicitTls });
  return { server, address, parrots, identity, [Symbol.asyncDispose]: () => server.close() };
}

/** A client that reads all it gets. */
export class Reader {
  readonly socket: Socket;
  text = '';
  #woken: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.text += chunk;
      this.#woken?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#woken?.());
  }

  async until(wanted: string): Promise<string> {
    while (!this.text.includes(wanted)) {
      if (this.socket.closed) throw new Error(`closed after ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => (this.#woken = resolve));
    }
    return this.text;
  }

  /** Resolves when the connection is gone, whether it ended in peace or was reset. */
  async closed(): Promise<string> {
    // `once` of node:events would reject at a reset.
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
    return this.text;
  }
}

export async function open({ address }: Scene): Promise<Reader> {
  const reader = new Reader(connect({ host: '127.0.0.1', port: address.port }));
  await reader.until('hello');
  return reader;
}
