import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  type InflateRaw,
} from 'node:zlib';

/** One raw connection of a test client: bytes out, whole responses in. */
export class ImapConnection {
  #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;
  #deflate: DeflateRaw | undefined;
  #inflate: InflateRaw | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  static async open(address: {
    readonly host: string;
    readonly port: number;
  }): Promise<ImapConnection> {
    const socket = connectTcp({ ...address, noDelay: true });
    const connection = new ImapConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  #listen(): void {
    this.#socket.on('data', this.#received);
    const ended = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    const end = (): void => {
      if (this.#inflate === undefined) ended();
      else this.#inflate.flush(ended);
    };
    this.#socket.on('end', end);
    this.#socket.on('close', end);
    this.#socket.on('error', end);
  }

  /** Sends bytes in one write, or in writes of `pieceBytes`, each in a turn of the event loop of its own. */
  async send(bytes: Buffer, pieceBytes: number = bytes.length): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      this.#write(bytes.subarray(at, at + pieceBytes));
      if (at + pieceBytes < bytes.length) await turn();
    }
  }

  readonly #received = (chunk: Buffer): void => {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    this.#wake?.();
  };

  #write(bytes: Buffer): void {
    if (this.#deflate === undefined) {
      this.#socket.write(bytes);
      return;
    }
    this.#deflate.write(bytes);
    this.#deflate.flush(constants.Z_SYNC_FLUSH);
  }

  /** Everything from here on is compressed (RFC 4978), of what comes in until the stream's own end. */
  compress(): void {
    const inflate = createInflateRaw();
    let taken = 0;
    let piece: Buffer;
    const received = (chunk: Buffer): void => {
      taken = inflate.bytesWritten;
      piece = chunk;
      this.#socket.pause();
      inflate.write(chunk, () => this.#socket.resume());
    };
    this.#inflate = inflate;
    this.#socket.off('data', this.#received);
    this.#socket.on('data', received);
    inflate.on('data', this.#received);
    inflate.on('end', () => {
      this.#inflate = undefined;
      this.#socket.off('data', received);
      this.#received(piece.subarray(inflate.bytesWritten - taken));
      this.#socket.on('data', this.#received);
      this.#socket.resume();
    });
    this.#deflate = createDeflateRaw();
    this.#deflate.on('data', (chunk: Buffer) => this.#socket.write(chunk));
  }

  /** Behind what was sent nothing is compressed any more. */
  async decompress(): Promise<void> {
    const deflate = this.#deflate;
    this.#deflate = undefined;
    await new Promise<void>((resolve) => {
      if (deflate === undefined) resolve();
      else deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    await turn();
  }

  /** The next response with its literals as latin1, without its last CRLF; undefined when none came in time, null at the end. */
  async next(timeMs: number): Promise<string | undefined | null> {
    const deadline = Date.now() + timeMs;
    for (;;) {
      const response = this.#take();
      if (response !== undefined) return response;
      if (this.#ended) return null;
      const left = deadline - Date.now();
      if (left <= 0) return undefined;
      await this.#change(left);
    }
  }

  /** What has come and was not read, as latin1. */
  get unread(): string {
    return this.#buffer.toString('latin1');
  }

  /** Whether the server ends the connection within this time. */
  async closes(timeMs: number): Promise<boolean> {
    const deadline = Date.now() + timeMs;
    while (!this.#ended && Date.now() < deadline) await this.#change(deadline - Date.now());
    return this.#ended;
  }

  async #change(timeMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #take(): string | undefined {
    let at = 0;
    for (;;) {
      const end = this.#buffer.indexOf('\r\n', at);
      if (end < 0) return undefined;
      const announced = /\{(\d+)\}$/.exec(
        this.#buffer.toString('latin1', Math.max(at, end - 24), end),
      );
      if (announced === null) {
        const response = this.#buffer.toString('latin1', 0, end);
        this.#buffer = this.#buffer.subarray(end + 2);
        return response;
      }
      at = end + 2 + Number(announced[1]);
      if (this.#buffer.length < at) return undefined;
    }
  }

  async startTls(): Promise<void> {
    this.#socket.removeAllListeners();
    this.#socket = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    this.#listen();
    await once(this.#socket, 'secureConnect');
  }

  close(): void {
    this.#socket.on('error', () => undefined);
    this.#socket.destroy();
  }
}
