/**
 * The client of the load generator. It must cost little beside any server, so it does not parse: it looks for the
 * tagged line in the bytes that come and counts them. No message of the benchmark holds such a line.
 */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';

const waitMs = 120_000;
/** Made once: it costs more than the handshake. One way that every server has, so that all of them do the same work. */
const secureContext = createSecureContext({
  minVersion: 'TLSv1.3',
  ecdhCurve: 'X25519',
  ciphers: 'TLS_AES_128_GCM_SHA256',
});

export interface ConnectOptions {
  readonly port: number;
  readonly tls?: boolean;
}

interface Waiting {
  /** What ends it: `\r\nz17 ` */
  readonly end: Buffer;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly chunks: Buffer[] | undefined;
  bytes: number;
}

export interface Answer {
  /** Bytes received for it. */
  readonly bytes: number;
  /** All of it when it was asked to be kept, latin1; otherwise empty. */
  readonly text: string;
}

/** One connection, one exchange at a time; an exchange may be many pipelined commands. */
export class ImapClient {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;
  /** Line end and what may be the beginning of a tagged line. */
  #tail: Buffer = Buffer.from('\r\n');
  #number = 0;
  #failure: Error | undefined;
  /** Called with every chunk while no exchange is under way. */
  onData: ((chunk: Buffer) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#feed(chunk));
    const fail = (error: Error): void => {
      this.#failure ??= error;
      this.#waiting?.reject(this.#failure);
      this.#waiting = undefined;
    };
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed the connection')));
    socket.setTimeout(waitMs, () => {
      if (this.#waiting !== undefined) socket.destroy(new Error(`no answer for ${waitMs} ms`));
    });
  }

  /** Connects and waits for the greeting. */
  static async connect({ port, tls = false }: ConnectOptions): Promise<ImapClient> {
    const at = { port, host: '127.0.0.1' };
    const socket = tls
      ? connectTls({ ...at, secureContext, rejectUnauthorized: false }).setNoDelay(true)
      : connectPlain({ ...at, noDelay: true });
    const client = new ImapClient(socket);
    // `* OK …` is found as the line of a tag `*`.
    await client.#wait('*');
    return client;
  }

  /** Connects and logs in. */
  static async login(
    { user, password }: { readonly user: string; readonly password: string },
    options: ConnectOptions,
  ): Promise<ImapClient> {
    const client = await ImapClient.connect(options);
    await client.run(`LOGIN ${user} ${password}`);
    return client;
  }

  /** Sends a command and waits for its OK; counts what comes. */
  async run(command: string): Promise<Answer> {
    const tag = this.#nextTag();
    this.#socket.write(`${tag} ${command}\r\n`, 'latin1');
    return await this.#wait(tag);
  }

  /** The same, keeping the answer's text. */
  async ask(command: string): Promise<string> {
    const tag = this.#nextTag();
    this.#socket.write(`${tag} ${command}\r\n`, 'latin1');
    return (await this.#wait(tag, true)).text;
  }

  /** Sends commands without waiting between them; resolves when the last is answered. */
  async pipeline(
    commands: Iterable<string | readonly [string, Uint8Array]>,
    keep = false,
  ): Promise<Answer> {
    let tag = '';
    this.#socket.cork();
    for (const command of commands) {
      tag = this.#nextTag();
      if (typeof command === 'string') {
        this.#socket.write(`${tag} ${command}\r\n`, 'latin1');
        continue;
      }
      this.#socket.write(`${tag} ${command[0]} {${command[1].length}+}\r\n`, 'latin1');
      this.#socket.write(command[1]);
      this.#socket.write('\r\n');
    }
    this.#socket.uncork();
    return await this.#wait(tag, keep);
  }

  /** APPEND with a literal that does not wait (RFC 7888); the UID of APPENDUID, if there is one. */
  async append(mailbox: string, content: Uint8Array): Promise<string> {
    const { text } = await this.pipeline([[`APPEND ${mailbox}`, content]], true);
    return /\[APPENDUID \d+ (\d+)\]/.exec(text)?.[1] ?? '';
  }

  /** Begins IDLE; resolves at the continuation. */
  async idle(onData?: (chunk: Buffer) => void): Promise<void> {
    this.#socket.write(`${this.#nextTag()} IDLE\r\n`);
    await this.#wait('+');
    this.onData = onData;
  }

  /** Ends IDLE. */
  async done(): Promise<void> {
    this.onData = undefined;
    this.#socket.write('DONE\r\n');
    await this.#wait(`z${this.#number}`);
  }

  #nextTag(): string {
    this.#number += 1;
    return `z${this.#number}`;
  }

  /** Ends politely. */
  async logout(): Promise<void> {
    await this.run('LOGOUT');
    this.close();
  }

  close(): void {
    this.#failure = new Error('closed');
    this.#socket.destroy();
  }

  #wait(tag: string, keep = false): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const end = Buffer.from(`\r\n${tag} `, 'latin1');
      this.#waiting = { end, resolve, reject, chunks: keep ? [] : undefined, bytes: 0 };
    });
  }

  #feed(chunk: Buffer): void {
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.onData?.(chunk);
      this.#tail = chunk.subarray(-2);
      return;
    }
    waiting.bytes += chunk.length;
    waiting.chunks?.push(chunk);
    const data = this.#tail.length > 0 ? Buffer.concat([this.#tail, chunk]) : chunk;
    const at = data.indexOf(waiting.end);
    const lineEnd = at < 0 ? -1 : data.indexOf('\r\n', at + waiting.end.length);
    if (lineEnd < 0) {
      // From the start of the tagged line, or as much as could be the start of one.
      this.#tail = Buffer.from(data.subarray(at < 0 ? -waiting.end.length : at));
      return;
    }
    this.#tail = data.subarray(-2);
    this.#waiting = undefined;
    const status = data.toString('latin1', at + waiting.end.length, lineEnd);
    if (!status.startsWith('OK') && waiting.end[2] !== 0x2b) {
      waiting.reject(new Error(`refused: ${status}`));
      return;
    }
    const text =
      waiting.chunks === undefined ? '' : Buffer.concat(waiting.chunks).toString('latin1');
    waiting.resolve({ bytes: waiting.bytes, text });
  }
}
