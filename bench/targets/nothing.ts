/** The server that does nothing: what the load generator could reach at most. */
import { join } from 'node:path';
import { serveProcess, type ServeProcess } from './serve-process.ts';
import type { Target } from './target.ts';

const program = join(import.meta.dirname, '../nothing-server.ts');

export class Nothing implements Target {
  readonly name = 'nothing';
  readonly version = '';
  readonly #tls: { readonly cert: string; readonly key: string };
  #process: ServeProcess | undefined;
  imap = 0;
  imaps = 0;
  lmtp = 0;

  constructor(tls: { readonly cert: string; readonly key: string }) {
    this.#tls = tls;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async fill(): Promise<void> {
    // It has every mailbox already.
  }

  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const { cert, key } = this.#tls;
    this.#process = await serveProcess([process.execPath, program, cert, key], { ready: 'ready' });
    const [imap = 0, imaps = 0, lmtp = 0] = this.#process.line.split(' ').slice(1).map(Number);
    [this.imap, this.imaps, this.lmtp] = [imap, imaps, lmtp];
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  forget(): void {
    // Nothing was remembered.
  }

  log(): string {
    return this.#process?.log() ?? '';
  }

  async loopDelay(): Promise<undefined> {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
