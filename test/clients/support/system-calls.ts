/** What a program did to files below a directory, from the log of `strace -f -y --strings-in-hex=all`. */

/** When a call began and ended, as lines of the log: one that ended before another began happened before it. */
export interface Span {
  readonly begun: number;
  readonly ended: number;
}

export type FileCall = Span &
  (
    | { readonly kind: 'made'; readonly path: string }
    | { readonly kind: 'folder'; readonly path: string }
    | {
        readonly kind: 'written';
        readonly path: string;
        readonly at: number;
        readonly bytes: Buffer;
      }
    | { readonly kind: 'cut'; readonly path: string; readonly length: number }
    | { readonly kind: 'synced'; readonly path: string }
    | { readonly kind: 'renamed'; readonly path: string; readonly to: string }
    | { readonly kind: 'removed'; readonly path: string }
    | { readonly kind: 'said'; readonly text: string }
  );

/** The calls that `parseCalls` has to be shown. */
export const tracedCalls =
  'openat,write,pwrite64,writev,pwritev,ftruncate,fdatasync,fsync,rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir';

const unhex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');

/** Everything between quotes, in order. */
const quoted = (text: string): Buffer[] =>
  [...text.matchAll(/"([^"]*)"/g)].map(([, hex]) => unhex(hex!));

/** What a descriptor stands for: `21<\x2f…>`. */
const fileOf = (text: string): { descriptor: string; path: string } => {
  const [, descriptor = '', path = ''] = /^(\d+)<([^>]*)>/.exec(text) ?? [];
  return { descriptor, path: unhex(path).toString() };
};

/** A call that ended: `name(words) = result`. */
interface Call extends Span {
  readonly name: string;
  readonly words: string;
  readonly result: string;
}

class Reader {
  readonly calls: FileCall[] = [];
  readonly #root: string;
  /** Where `write` goes on, by descriptor. */
  readonly #positions = new Map<string, number>();

  constructor(root: string) {
    this.#root = root;
  }

  read(call: Call): void {
    const { name, words, result, begun, ended } = call;
    if (result.startsWith('-1') || result.startsWith('?')) return;
    if (name.includes('write')) return this.#write(call);
    if (name === 'openat') return this.#open(call);
    const span = { begun, ended };
    const strings = quoted(words).map(String);
    const [path = fileOf(words).path, to = ''] = strings;
    if (!path.startsWith(this.#root)) return;
    if (name === 'ftruncate') {
      const length = Number(/, (\d+)$/.exec(words)?.[1]);
      this.calls.push({ ...span, kind: 'cut', path, length });
    } else if (name.endsWith('sync')) this.calls.push({ ...span, kind: 'synced', path });
    else if (name.startsWith('rename')) this.calls.push({ ...span, kind: 'renamed', path, to });
    else if (name.startsWith('mkdir')) this.calls.push({ ...span, kind: 'folder', path });
    else this.calls.push({ ...span, kind: 'removed', path });
  }

  #open({ words, result, begun, ended }: Call): void {
    const span = { begun, ended };
    const path = String(quoted(words)[0]);
    if (!path.startsWith(this.#root)) return;
    this.#positions.set(fileOf(result).descriptor, 0);
    if (words.includes('O_CREAT')) this.calls.push({ ...span, kind: 'made', path });
    if (words.includes('O_TRUNC')) this.calls.push({ ...span, kind: 'cut', path, length: 0 });
  }

  #write({ name, words, result, begun, ended }: Call): void {
    const span = { begun, ended };
    const written = Number(result);
    const { descriptor, path } = fileOf(words);
    const isOutput = descriptor === '1';
    if (!isOutput && !path.startsWith(this.#root)) return;
    const bytes = Buffer.concat(quoted(words)).subarray(0, written);
    if (isOutput) {
      for (const text of bytes.toString().split('\n'))
        if (text !== '') this.calls.push({ ...span, kind: 'said', text });
      return;
    }
    if (bytes.length !== written) throw new Error(`strace cut a ${name} of ${written} bytes short`);
    const isPlaced = name.startsWith('p');
    const at = isPlaced
      ? Number(/, (\d+)$/.exec(words)?.[1])
      : (this.#positions.get(descriptor) ?? 0);
    if (!isPlaced) this.#positions.set(descriptor, at + written);
    this.calls.push({ ...span, kind: 'written', path, at, bytes });
  }
}

/** The calls that succeeded, in the order in which they ended; files outside `root` are left out, and so are those whose name is gone. */
export function parseCalls(log: string, root: string): FileCall[] {
  const reader = new Reader(root);
  const open = new Map<string, { text: string; begun: number }>();
  let number = 0;
  for (const line of log.split('\n')) {
    number += 1;
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/s.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest);
    if (rest.endsWith('<unfinished ...>')) {
      open.set(pid, { text: rest.slice(0, -'<unfinished ...>'.length).trimEnd(), begun: number });
      continue;
    }
    const before = resumed ? open.get(pid) : undefined;
    const text = before && resumed ? before.text + rest.slice(resumed[0].length) : rest;
    const end = text.lastIndexOf(') ');
    const start = text.indexOf('(');
    const result = text.slice(text.indexOf('= ', end) + 2);
    if (start < 0 || end < start) continue;
    const name = text.slice(0, start);
    const words = text.slice(start + 1, end).trimEnd();
    reader.read({ name, words, result, begun: before?.begun ?? number, ended: number });
  }
  return reader.calls;
}
