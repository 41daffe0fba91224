import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { hashPassword } from '../../src/auth/password.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { silent } from '../../src/base/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { kinds, password, serverMetadata, switches } from './dialogue-house.ts';
import { prepare } from './dialogue-prepare.ts';
import { giveRights } from './dialogue-rights.ts';
import type { DialogueServer } from './dialogue-server.ts';
import { shareWith } from './dialogue-share.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

interface Serving {
  readonly child: ChildProcess;
  readonly port: number;
}

/** `restante serve --workers N` on one store for all dialogues, an account for each. */
export async function restanteWorkers(workers: number): Promise<DialogueServer> {
  const memory = '/dev/shm';
  const directory = await mkdtemp(
    join(existsSync(memory) ? memory : tmpdir(), 'restante-dialogues-'),
  );
  const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  const pem = await generate([{ name: 'commonName', value: 'localhost' }]);
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  await writeFile(cert, pem.cert);
  await writeFile(key, pem.private, { mode: 0o600 });
  // One hash for all, so that it is checked once in each worker.
  const passwordHash = await hashPassword(password);
  const start = async (kind: string): Promise<Serving> => {
    const limits = { shutdownTimeMs: 100, ...kinds[kind] };
    const level = process.env['RESTANTE_TEST_LOG'] === undefined ? 'silent' : 'info';
    const words = {
      workers: String(workers),
      store: `sqlite:${directory}`,
      sync: 'relaxed',
      listen: 'imap://127.0.0.1:0',
      'tls-cert': cert,
      'tls-key': key,
      'log-level': level,
      ...serverMetadata,
    };
    const flags = [
      ...Object.entries(words).flatMap(([name, value]) => [`--${name}`, value]),
      ...Object.entries(limits).flatMap(([name, limit]) => ['--limits', `${name}=${limit}`]),
      ...Object.entries(switches[kind] ?? {}).flatMap(([name, on]) => [
        '--capabilities',
        `${name}=${on ? 'on' : 'off'}`,
      ]),
    ];
    const child = spawn(process.execPath, [main, 'serve', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: directory },
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, port: Number(/:(\d+)\n$/.exec(line.toString())?.[1]) };
  };
  const servers = new Map<string, Promise<Serving>>();
  const address: DialogueServer['address'] = async (kind) => {
    const serving = servers.get(kind) ?? start(kind);
    servers.set(kind, serving);
    return { host: '127.0.0.1', port: (await serving).port };
  };
  let users = 0;
  return {
    name: 'restante',
    password,
    address,
    user: async ({ server, preparation, ...rights }) => {
      const user = `user${++users}@example.org`;
      await store.directory.add({ address: user, passwordHash });
      await prepare({ address: await address(server), user, password }, preparation);
      await giveRights(store, user, rights);
      return user;
    },
    share: (user) => shareWith(store, user),
    close: async () => {
      for (const serving of servers.values()) {
        const { child } = await serving;
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
