/** A real `restante serve` process on a store of its own, for tests with real clients. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { run } from './run.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');

export interface TestServer extends AsyncDisposable {
  readonly directory: string;
  readonly store: string;
  readonly pid: number;
  /** Port of the listener of this scheme: `imap`, `imaps`, `lmtp`. */
  port(scheme: string): number;
  /** Everything it wrote to standard error so far. */
  log(): string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Kills it without warning; resolves when it is gone. */
  kill(): Promise<void>;
}

export const password = 'correct horse';

export interface ServerOptions {
  /** A directory with a store and certificates from an earlier server; a new one otherwise, removed at the end. */
  readonly directory?: string;
  readonly users?: readonly string[];
  readonly arguments?: readonly string[];
  /** A module that is loaded before the server. */
  readonly preload?: string;
}

/** Starts a server and waits for its ready line. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'restante-clients-'));
  const store = `sqlite:${join(directory, 'store')}`;
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  if (options.directory === undefined) {
    const pem = await generate([{ name: 'commonName', value: 'localhost' }]);
    writeFileSync(cert, pem.cert);
    writeFileSync(key, pem.private, { mode: 0o600 });
    for (const user of options.users ?? ['anna@example.org']) await addUser(store, user);
  }
  const listen = ['imap', 'imaps', 'lmtp'].flatMap((scheme) => [
    '--listen',
    `${scheme}://127.0.0.1:0`,
  ]);
  const child = spawn(
    process.execPath,
    [
      ...(options.preload === undefined ? [] : ['--import', options.preload]),
      main,
      'serve',
      '--store',
      store,
      ...listen,
      '--tls-cert',
      cert,
      '--tls-key',
      key,
      // One process, so that its number is the server's and a kill hits it; more are asked for.
      '--workers',
      '1',
      ...(options.arguments ?? []),
    ],
    // What it leaves there when it is killed goes with the test's own.
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: directory } },
  );
  const keep = options.directory !== undefined;
  try {
    return await ready({ child, directory, store, keep });
  } catch (error) {
    if (!keep) rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Adds an account with the tests' password. */
async function addUser(store: string, address: string, ...more: string[]): Promise<void> {
  await restante(
    ['user', 'add', address, '--password-stdin', '--store', store, ...more],
    `${password}\n`,
  );
}

/** Runs the `restante` command. */
export async function restante(words: readonly string[], input = ''): Promise<string> {
  return await run(process.execPath, [main, ...words], { input });
}

interface Started {
  readonly child: ChildProcess;
  readonly directory: string;
  readonly store: string;
  readonly keep: boolean;
}

async function ready({ child, directory, store, keep }: Started): Promise<TestServer> {
  let log = '';
  let output = '';
  child.stderr?.on('data', (data: Buffer) => (log += data.toString()));
  const exited = new Promise<number | null>((resolve) =>
    // Its output is closed when its workers, who have it too, are gone as well.
    child.once('close', (code) => resolve(code)),
  );
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (data: Buffer) => {
      output += data.toString();
      const found = /^restante: ready (.*)$/m.exec(output);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    void exited.then((code) => reject(new Error(`serve ended with ${code}: ${output}${log}`)));
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    directory,
    store,
    pid: child.pid ?? 0,
    port: (scheme) => Number(new RegExp(`(?:^| )${scheme}://[^ ]*:(\\d+)`).exec(line)?.[1]),
    log: () => log,
    stop: async () => {
      child.kill('SIGTERM');
      return await exited;
    },
    kill,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) await kill();
      if (!keep) rmSync(directory, { recursive: true, force: true });
    },
  };
}
