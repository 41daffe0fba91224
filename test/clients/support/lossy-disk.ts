import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileCall, Span } from './system-calls.ts';

/** What a disk writes whole or not at all. */
const sectorBytes = 512;

type Change = Span &
  ({ readonly at: number; readonly bytes: Buffer } | { readonly length: number });

interface File {
  readonly changes: Change[];
  readonly syncs: Span[];
}

/** A name that came or went. */
type Naming = Span & { readonly name: string; readonly file: File | 'folder' | undefined };

interface Folder {
  /** Each in one step: a file that is renamed loses one name and gets another. */
  readonly namings: (Span & { readonly steps: readonly Naming[] })[];
  readonly syncs: Span[];
}

/**
 * What is left of files when the power fails. A change is there when a sync of its file began after it had ended and ended before the
 * power failed; of every other one each sector may be there or not, whatever was written later. A name is there
 * when its folder was synced; of later ones the first few, as a journal keeps them.
 */
export class LossyDisk {
  readonly #root: string;
  readonly #folders = new Map<string, Folder>();

  /** All of it came to be below `root`, which was empty. */
  constructor(root: string, calls: readonly FileCall[]) {
    this.#root = root;
    this.#folders.set(root, { namings: [], syncs: [] });
    for (const call of calls) this.#take(call);
  }

  #take(call: FileCall): void {
    if (call.kind === 'said') return;
    const { begun, ended, path } = call;
    const span = { begun, ended };
    if (call.kind === 'folder') {
      this.#name(span, [[path, 'folder']]);
      this.#folders.set(path, { namings: [], syncs: [] });
      return;
    }
    if (call.kind === 'synced' && this.#folders.has(path)) {
      this.#folders.get(path)!.syncs.push(span);
      return;
    }
    const file = this.#file(path);
    if (call.kind === 'made') {
      if (file === undefined) this.#name(span, [[path, { changes: [], syncs: [] }]]);
    } else if (file === undefined) return;
    else if (call.kind === 'written')
      file.changes.push({ ...span, at: call.at, bytes: call.bytes });
    else if (call.kind === 'cut') file.changes.push({ ...span, length: call.length });
    else if (call.kind === 'synced') file.syncs.push(span);
    else if (call.kind === 'removed') this.#name(span, [[path, undefined]]);
    else {
      if (dirname(path) !== dirname(call.to)) throw new Error(`${path} moved to ${call.to}`);
      const steps = [[path, undefined] as const, [call.to, file] as const];
      this.#name(span, steps);
    }
  }

  #name(span: Span, steps: readonly (readonly [string, File | 'folder' | undefined])[]): void {
    const [first] = steps;
    const folder = this.#folders.get(dirname(first![0]));
    const namings = steps.map(([path, file]) => ({ ...span, name: path, file }));
    folder?.namings.push({ ...span, steps: namings });
  }

  /** The file that has this name at the end of what was taken so far. */
  #file(path: string): File | undefined {
    const steps = this.#folders.get(dirname(path))?.namings.flatMap((naming) => naming.steps);
    const last = steps?.findLast(({ name }) => name === path)?.file;
    return last === 'folder' ? undefined : last;
  }

  /** Writes what is left below `target` when the power fails at line `at` of the log. */
  crash(at: number, target: string, luck: () => number): void {
    this.#restore(this.#root, { at, target, luck });
  }

  #restore(path: string, crash: Crash): void {
    const { namings, syncs } = this.#folders.get(path)!;
    const begun = namings.filter((naming) => naming.begun < crash.at);
    const synced = safeBefore(syncs, crash.at);
    const safe = begun.filter(({ ended }) => ended < synced).length;
    const kept = safe + Math.floor(crash.luck() * (begun.length - safe + 1));
    const names = new Map<string, File | 'folder'>();
    for (const { name, file } of begun.slice(0, kept).flatMap(({ steps }) => steps)) {
      if (file === undefined) names.delete(name);
      else names.set(name, file);
    }
    const place = (name: string): string => join(crash.target, name.slice(this.#root.length));
    mkdirSync(place(path), { recursive: true });
    for (const [name, file] of names) {
      if (file === 'folder') this.#restore(name, crash);
      // Shared memory of the processes, gone with them; SQLite makes it anew.
      else if (!name.endsWith('-shm')) writeFileSync(place(name), contentOf(file, crash));
    }
  }
}

interface Crash {
  readonly at: number;
  readonly target: string;
  readonly luck: () => number;
}

/** What ended before this line of the log is on stable storage. */
const safeBefore = (syncs: readonly Span[], at: number): number =>
  Math.max(0, ...syncs.filter(({ ended }) => ended < at).map(({ begun }) => begun));

function contentOf({ changes, syncs }: File, { at, luck }: Crash): Buffer {
  const ends = changes.map((change) => ('length' in change ? 0 : change.at + change.bytes.length));
  const bytes = Buffer.alloc(Math.max(0, ...ends));
  let length = 0;
  const safe = safeBefore(syncs, at);
  // Now and then nothing is lost, or all that can be.
  const chance = [0, 1, 0.5, 0.9][Math.floor(luck() * 4)]!;
  const set = (from: number, part: Buffer): void => {
    part.copy(bytes, from);
    length = Math.max(length, from + part.length);
  };
  for (const change of changes) {
    if (change.begun >= at) continue;
    const isSafe = change.ended < safe;
    if ('length' in change) {
      if (!isSafe && luck() >= chance) continue;
      bytes.fill(0, change.length);
      length = change.length;
    } else if (isSafe) set(change.at, change.bytes);
    else {
      for (let from = 0; from < change.bytes.length;) {
        const end = from + sectorBytes - ((change.at + from) % sectorBytes);
        if (luck() < chance) set(change.at + from, change.bytes.subarray(from, end));
        from = end;
      }
    }
  }
  return bytes.subarray(0, length);
}
