import { randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  fdatasync,
  mkdirSync,
  open,
  openSync,
  readSync,
  renameSync,
  utimesSync,
  write,
} from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, storeError } from './database.ts';
import { syncFolder } from './wal-file.ts';

/** What is asked of the disk while a message comes in: a test that crashes it between two steps brings its own. */
export interface BodyDisk {
  readonly open: (path: string) => Promise<number>;
  /** How many bytes were written, which may be fewer than there are. */
  readonly write: (descriptor: number, bytes: Uint8Array, at: number) => Promise<number>;
  /** The file's bytes and its length are on stable storage. */
  readonly sync: (descriptor: number) => Promise<void>;
  readonly close: (descriptor: number) => Promise<void>;
  /** The names in a folder are on stable storage. */
  readonly syncFolder: (path: string) => Promise<void>;
}

const openAsync = promisify(open);
const writeAsync = promisify(write);

/** The one there is. */
export const realDisk: BodyDisk = {
  open: (path) => openAsync(path, 'wx', 0o600),
  write: async (descriptor, bytes, at) =>
    (await writeAsync(descriptor, bytes, 0, bytes.length, at)).bytesWritten,
  sync: promisify(fdatasync),
  // At once: what is closed is synced or will be removed, so there is nothing to wait for.
  close: async (descriptor) => closeSync(descriptor),
  syncFolder,
};

/** What a file's name ends with once nothing can name it again and it only has to be removed. */
const goneSuffix = '.gone';

/**
 * Large messages that are fresh, each in a file of its own in `bodies/` in the account's folder: written once, where
 * a database writes a page to its log and once more to itself. A file is on stable storage, and so is its name, before
 * the transaction that names it (`body_file`) begins, and never changes afterwards. A file that no row names is
 * nobody's, and is removed when it has not been touched for long (`sweep.ts`).
 */
export class BodyFiles {
  readonly #folder: string;
  readonly #disk: BodyDisk;
  /** Files of this process that no transaction may have named yet. */
  readonly #coming = new Set<string>();
  #made: Promise<void> | undefined;

  /** Those of the account in this folder. */
  constructor(accountFolder: string, disk: BodyDisk = realDisk) {
    this.#folder = join(accountFolder, 'bodies');
    this.#disk = disk;
  }

  /** Begins a file. What fails is told by its `write` and `finish`. */
  create(): BodyFile {
    const name = randomUUID();
    this.#coming.add(name);
    return new BodyFile(name, {
      path: this.#path(name),
      disk: this.#disk,
      ready: this.#make(),
      forget: () => this.forget(name),
    });
  }

  /**
   * The folder and its own name in the account's folder, once in each process: another one may have made it and
   * died before it was durable. Not with those above it, which are gone when the account was removed.
   */
  #make(): Promise<void> {
    this.#made ??= this.#makeFolder().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  async #makeFolder(): Promise<void> {
    try {
      mkdirSync(this.#folder, { mode: 0o700 });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    await this.#disk.syncFolder(dirname(this.#folder));
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** A message is stored, or given up: its file is no longer on its way. */
  forget(name: string): void {
    this.#coming.delete(name);
  }

  /** Whether a file may still be named by a write of this process. */
  isComing(name: string): boolean {
    return this.#coming.has(name);
  }

  has(name: string): boolean {
    try {
      accessSync(this.#path(name));
      return true;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    }
  }

  /**
   * A slice of a file, shorter where the file ends; undefined without a file. At once, as rows are read: a chunk
   * takes 50 microseconds, and the kernel reads ahead.
   */
  read(name: string, from: number, length: number): Buffer | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(this.#path(name), 'r');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
    try {
      const bytes = Buffer.allocUnsafeSlow(length);
      let at = 0;
      for (let got = 1; got > 0 && at < length; at += got)
        got = readSync(descriptor, bytes, at, length - at, from + at);
      return bytes.subarray(0, at);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Keeps a file that is about to lose its name in the database from being removed at once: backups may read it still. */
  touch(name: string, now: number): void {
    try {
      utimesSync(this.#path(name), now / 1000, now / 1000);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }

  /** The names of all files, those in `gone` apart. */
  async list(): Promise<{ readonly names: string[]; readonly gone: string[] }> {
    const found = await readdir(this.#folder).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    });
    const isGone = (name: string): boolean => name.endsWith(goneSuffix);
    return { names: found.filter((name) => !isGone(name)), gone: found.filter(isGone) };
  }

  /** When a file was written or touched last, milliseconds since 1970; never, for one that is not there. */
  async changedAt(name: string): Promise<number> {
    const found = await stat(this.#path(name)).catch(() => undefined);
    return found?.mtimeMs ?? Infinity;
  }

  /**
   * Takes a file's name away, so that no write can name it, and returns the one it has until `remove`; undefined when
   * another process did. To be called with the database's write lock, under which writers look for the file that they
   * name: removing takes longer.
   */
  retire(name: string): string | undefined {
    const gone = name + goneSuffix;
    try {
      renameSync(this.#path(name), this.#path(gone));
      return gone;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
  }
}

interface BodyFileOptions {
  readonly path: string;
  readonly disk: BodyDisk;
  readonly ready: Promise<void>;
  forget(): void;
}

/** A file on its way in: written from its beginning to its end, then finished or discarded. */
export class BodyFile {
  readonly name: string;
  readonly #options: BodyFileOptions;
  /** Undefined once it is closed. */
  #descriptor: Promise<number> | undefined;
  #size = 0;

  constructor(name: string, options: BodyFileOptions) {
    this.name = name;
    this.#options = options;
    this.#descriptor = options.ready.then(() => options.disk.open(options.path));
    // Its failure is met at the first write.
    this.#descriptor.catch(() => undefined);
  }

  /** Writes what comes next; the bytes must stay as they are until then. One call at a time. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      const descriptor = await this.#descriptor!;
      for (let at = 0; at < bytes.length;) {
        const rest = at === 0 ? bytes : bytes.subarray(at);
        const written = await this.#options.disk.write(descriptor, rest, this.#size);
        at += written;
        this.#size += written;
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Once it resolves the file is on stable storage, and may be named. */
  async finish(): Promise<void> {
    const { disk, path } = this.#options;
    try {
      const descriptor = await this.#descriptor!;
      // Together: the kernel makes one commit of its journal of both. Neither is left under way by the other's failure.
      const synced = await Promise.allSettled([
        disk.sync(descriptor),
        disk.syncFolder(dirname(path)),
      ]);
      for (const result of synced) if (result.status === 'rejected') throw result.reason;
      await this.#close();
    } catch (error) {
      throw storeError(error);
    }
  }

  async #close(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await this.#options.disk.close(await descriptor);
  }

  /** Removes it: no transaction has named it. */
  async discard(): Promise<void> {
    await this.#close().catch(() => undefined);
    await rm(this.#options.path, { force: true });
    this.#options.forget();
  }
}
