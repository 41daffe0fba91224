/** A delivering MTA, as little of it as the benchmark needs. */
import { connect, type Socket } from 'node:net';

const waitMs = 60_000;

/** One LMTP connection; one transaction after another. */
export class LmtpClient {
  readonly #socket: Socket;
  #pending = '';
  #replies = 0;
  #wanted = 0;
  #resolve: (() => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#feed(chunk.toString('latin1')));
    const fail = (error: Error): void => this.#reject?.(error);
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed the LMTP connection')));
    socket.setTimeout(waitMs, () => socket.destroy(new Error(`no reply for ${waitMs} ms`)));
  }

  /** Connects and says LHLO. */
  static async connect(port: number): Promise<LmtpClient> {
    const client = new LmtpClient(connect({ port, host: '127.0.0.1', noDelay: true }));
    await client.#replied(1);
    client.#socket.write('LHLO bench.test\r\n');
    await client.#replied(1);
    return client;
  }

  /** Delivers to one recipient as an MTA with PIPELINING does: two round trips. Content has CRLFs and no leading dots. */
  async deliver(recipient: string, content: Uint8Array): Promise<void> {
    this.#socket.write(`MAIL FROM:<sender@example.org>\r\nRCPT TO:<${recipient}>\r\nDATA\r\n`);
    await this.#replied(3);
    this.#socket.cork();
    this.#socket.write(content);
    this.#socket.write('.\r\n');
    this.#socket.uncork();
    await this.#replied(1);
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #replied(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wanted = count;
      this.#replies = 0;
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  #feed(text: string): void {
    this.#pending += text;
    for (;;) {
      const end = this.#pending.indexOf('\r\n');
      if (end < 0) return;
      const line = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end + 2);
      // `250-…` goes on; `250 …` ends a reply.
      if (line[3] === '-') continue;
      if (!/^[23]/.test(line)) {
        this.#reject?.(new Error(`refused: ${line}`));
        return;
      }
      this.#replies += 1;
      if (this.#replies === this.#wanted) this.#resolve?.();
    }
  }
}
