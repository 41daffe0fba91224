/** A child process that says on standard output when it is ready. */
import { spawn, type ChildProcess } from 'node:child_process';

const readyMs = 60_000;

export interface ServeProcess {
  readonly pid: number;
  /** The line that matched. */
  readonly line: string;
  /** The end of what it wrote to standard error. */
  log(): string;
  /** SIGTERM, and SIGKILL when that does not help; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts a program and waits for a line that begins with `ready`. Rejects with its error output when it ends before. */
export async function serveProcess(
  [command, ...words]: readonly [string, ...string[]],
  { ready }: { readonly ready: string },
): Promise<ServeProcess> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    // The end of it is enough, and a server that complains for hours must not fill our memory.
    errors = (errors + data.toString()).slice(-4000);
  });
  const log = (): string => errors;
  const line = await readyLine(child, { ready, log });
  return {
    pid: child.pid ?? 0,
    line,
    log,
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await gone;
      clearTimeout(force);
    },
  };
}

function readyLine(
  child: ChildProcess,
  { ready, log }: { readonly ready: string; readonly log: () => string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready after ${readyMs} ms: ${log()}`));
    }, readyMs);
    child.stdout?.on('data', (data: Buffer) => {
      output = (output + data.toString()).slice(-4000);
      const line = output.split('\n').find((one) => one.startsWith(ready));
      if (line === undefined) return;
      clearTimeout(late);
      resolve(line);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(late);
      reject(new Error(`ended with ${code}: ${log()}`));
    });
  });
}
