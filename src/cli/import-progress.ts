import { SingleBar } from 'cli-progress';

export interface ImportProgress extends Disposable {
  /** Messages done so far. */
  update(done: number): void;
}

/** How often a line is written where there is no terminal. */
const lineTimeMs = 10_000;

/** Shows how far an import is: a bar on a terminal, now and then a line elsewhere. */
export function importProgress(stream: NodeJS.WriteStream, total: number): ImportProgress {
  const started = performance.now();
  const rate = (done: number): string => {
    const seconds = (performance.now() - started) / 1000;
    return seconds > 0 ? Math.round(done / seconds).toString() : '0';
  };
  return stream.isTTY ? bar({ stream, total, rate }) : lines({ stream, total, rate });
}

interface Display {
  readonly stream: NodeJS.WriteStream;
  readonly total: number;
  readonly rate: (done: number) => string;
}

function bar({ stream, total, rate }: Display): ImportProgress {
  const single = new SingleBar({
    stream,
    format: '{bar} {value}/{total} messages, {rate}/s, {eta_formatted} to go',
    barCompleteChar: '#',
    barIncompleteChar: '.',
    hideCursor: true,
    etaBuffer: 200,
    // Ours is the interrupt, and it lets the batch under way finish.
    gracefulExit: false,
  });
  single.start(total, 0, { rate: '0' });
  return {
    update: (done) => single.update(done, { rate: rate(done) }),
    [Symbol.dispose]: () => single.stop(),
  };
}

function lines({ stream, total, rate }: Display): ImportProgress {
  let last = performance.now();
  return {
    update: (done) => {
      const now = performance.now();
      if (now - last < lineTimeMs) return;
      last = now;
      stream.write(`restante: ${done} of ${total} messages, ${rate(done)}/s\n`);
    },
    [Symbol.dispose]: () => undefined,
  };
}
