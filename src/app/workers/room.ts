import { cpus } from 'node:os';

/** What the machine's processors have done since it was started, all together, in milliseconds. */
export interface ProcessorTime {
  readonly processors: number;
  readonly idle: number;
  readonly busy: number;
}

/** How long the machine is looked at: as long as a worker is until it counts as busy. */
const lookMs = 5000;
/**
 * Processors that have to be idle, on average over a look, for a further worker to be worth it. Two that share the work of one
 * need a quarter to a half more for it than the one, of 1.2 processors, did: with less than that to spare they are slower.
 */
const idleFrom = 0.75;

/** The processors of this machine. Read with some care: on machines of many cores it takes milliseconds. */
function readProcessors(): ProcessorTime {
  let [idle, busy] = [0, 0];
  const all = cpus();
  for (const { times } of all) {
    idle += times.idle;
    busy += times.user + times.nice + times.sys + times.irq;
  }
  return { processors: all.length, idle, busy };
}

/** How many processors were idle between two readings. Waits for a disk and what a hypervisor gave to others count as neither. */
function idleBetween(before: ProcessorTime, after: ProcessorTime): number {
  const idle = Math.max(0, after.idle - before.idle);
  const busy = Math.max(0, after.busy - before.busy);
  // A system that does not tell: then nothing speaks against a worker.
  if (idle + busy === 0) return after.processors === 0 ? Infinity : 0;
  return (after.processors * idle) / (idle + busy);
}

/** Looks at the machine, look after look, until it is disposed; tells at the end of each whether a further worker has room. */
export function watchRoom(tell: (hasRoom: boolean) => void, read = readProcessors): Disposable {
  let before = read();
  const timer = setInterval(() => {
    const after = read();
    const hasRoom = idleBetween(before, after) >= idleFrom;
    before = after;
    tell(hasRoom);
  }, lookMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
