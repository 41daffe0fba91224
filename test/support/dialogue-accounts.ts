/**
 * Accounts for dialogues, one for each, as copies of a few: most dialogues begin alike, and a file is copied in a fraction of the
 * time in which commands make it.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { House } from './dialogue-house.ts';
import { password } from './dialogue-house.ts';
import { prepare } from './dialogue-prepare.ts';

/** Commands that one client gives before the dialogue, bytes as latin1. */
export type Preparation = readonly string[];

/** The file of an account, and the commands that are left to be given. */
export interface Template {
  readonly file: Buffer;
  readonly left: Preparation;
}

const key = (commands: Preparation): string => commands.join('\r\n');

/** Makes an account for every preparation that comes twice and for the empty one, and closes their house. */
export async function makeTemplates(
  house: House,
  preparations: readonly Preparation[],
): Promise<(commands: Preparation) => Template> {
  const seen = new Set<string>();
  const wanted = new Map<string, Preparation>([['', []]]);
  for (const commands of preparations) {
    if (seen.has(key(commands))) wanted.set(key(commands), commands);
    seen.add(key(commands));
  }
  const paths = new Map<string, string>();
  const make = async (name: string, commands: Preparation): Promise<void> => {
    const user = `template${paths.size}@example.org`;
    paths.set(name, '');
    const { id } = await house.store.directory.add({ address: user, passwordHash: '' });
    paths.set(name, join(house.directory, 'accounts', id, 'mail.db'));
    await prepare({ address: await house.address('plain'), user, password }, commands);
  };
  try {
    await Promise.all(Array.from(wanted, ([name, commands]) => make(name, commands)));
  } finally {
    await house.close();
  }
  const files = new Map<string, Buffer>();
  for (const [name, path] of paths) files.set(name, readFileSync(path));
  return (commands) => {
    const exact = files.get(key(commands));
    return exact === undefined
      ? { file: files.get('')!, left: commands }
      : { file: exact, left: [] };
  };
}

/** Puts copies into a store that is open. */
export class Copies implements Disposable {
  readonly #directory: string;
  readonly #connection: Database.Database;
  #users = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#connection = new Database(join(directory, 'directory.db'), { fileMustExist: true });
    this.#connection.pragma('synchronous = OFF');
  }

  /** A new account whose file is this; its address. */
  add(file: Buffer): string {
    const id = randomBytes(16).toString('hex');
    const address = `user${++this.#users}@example.org`;
    const folder = join(this.#directory, 'accounts', id);
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'mail.db'), file, { mode: 0o600 });
    this.#connection.transaction(() => {
      this.#connection
        .prepare(
          `INSERT INTO account (id, state, password_hash, created_at, changed_at) VALUES (?, 'live', '', 0, 0)`,
        )
        .run(id);
      this.#connection
        .prepare('INSERT INTO address (folded, account, position, address) VALUES (?, ?, 0, ?)')
        .run(address, id, address);
    })();
    return address;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
