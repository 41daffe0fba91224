/** A listener over a fake store and a raw client that talks to it. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { defaultLimits, type Limits } from '../base/limits.ts';
import { silent } from '../base/logger.ts';
import { fakeStore, type FakeAccount, type FakeStore } from './fake-store.ts';
import type { OverQuotaReply } from './reply.ts';
import { listenLmtp, type LmtpAddress, type LmtpListener } from './listen.ts';

/** Sends text, awaits replies by their number. */
export class Client {
  readonly socket: Socket;
  #received = '';
  #wake: () => void = () => undefined;

  constructor(address: LmtpAddress) {
    this.socket = connect('path' in address ? { path: address.path } : address);
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.#wake());
    this.socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString();
      this.#wake();
    });
  }

  send(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** The next `count` reply lines. */
  async lines(count: number): Promise<string[]> {
    for (;;) {
      const lines = this.#received.split('\r\n');
      if (lines.length > count) {
        this.#received = lines.slice(count).join('\r\n');
        return lines.slice(0, count);
      }
      if (this.socket.closed) assert.fail(`closed with ${JSON.stringify(this.#received)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Their codes alone, joined by commas. */
  async codes(count: number): Promise<string> {
    const lines = await this.lines(count);
    return lines.map((line) => /^\d{3}(?:[ -]\d\.\d\.\d)?/.exec(line)?.[0]).join(', ');
  }

  /** Greeting, LHLO, MAIL and these RCPTs. */
  async begin(...recipients: string[]): Promise<void> {
    const rcpt = recipients.map((address) => `RCPT TO:<${address}>\r\n`).join('');
    this.send(`LHLO mta.example\r\nMAIL FROM:<from@example.net>\r\n${rcpt}DATA\r\n`);
    const lines = await this.lines(9 + recipients.length);
    assert.match(lines.at(-1) ?? '', /^354 /);
  }
}

export interface Setup extends FakeStore {
  readonly listener: LmtpListener;
  readonly client: Client;
}

export interface SetupOptions {
  readonly limits?: Partial<Limits>;
  readonly listen?: LmtpAddress;
  readonly overQuota?: OverQuotaReply;
}

/** Ends with the test. */
export async function setup(
  t: TestContext,
  accounts: readonly FakeAccount[],
  options: SetupOptions = {},
): Promise<Setup> {
  const { limits = {}, listen = { host: '127.0.0.1', port: 0 } } = options;
  const fake = fakeStore(accounts);
  const listener = await listenLmtp({
    store: fake.store,
    limits: { ...defaultLimits, ...limits },
    logger: silent,
    ...(options.overQuota && { overQuota: options.overQuota }),
    listen,
    hostname: 'mx.example.org',
  });
  const client = new Client(listener.address);
  t.after(async () => {
    client.socket.destroy();
    await listener.close();
  });
  return { ...fake, listener, client };
}

/** The message below the lines that delivery put on top. */
export const withoutTrace = (message: Buffer | undefined): Buffer => {
  assert.ok(message !== undefined);
  const end = /^Return-Path: .*\r\nDelivered-To: .*\r\nReceived: (?:.*\r\n\t)*.*\r\n/.exec(
    message.toString('latin1'),
  );
  assert.ok(end !== null, message.toString('latin1').slice(0, 300));
  return message.subarray(end[0].length);
};
