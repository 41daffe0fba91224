/** What a server costs, all its processes together, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of Linux on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** A process and everything below it. */
function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(stat(Number(name))?.[1]);
    if (!Number.isNaN(parent))
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found;
}

/**
 * CPU milliseconds that a server has used. Of what runs, the scheduler's own count in nanoseconds; of processes that have ended
 * and of threads that have, there is only the count in ticks.
 */
export function cpuMs(pid: number): number {
  let ms = 0;
  for (const one of processTree(pid)) {
    for (const thread of threads(one)) ms += thread.cpuMs;
    // cutime and cstime of proc(5), fields 16 and 17: children that ended and were waited for.
    for (const field of stat(one)?.slice(13, 15) ?? [])
      ms += (Number(field) * 1000) / ticksPerSecond;
  }
  return ms;
}

/** CPU milliseconds of the threads of a server by their names, those of all its processes together. */
export function threadCpuMs(pid: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const { name, cpuMs: ms } of processTree(pid).flatMap(threads)) {
    found.set(name, (found.get(name) ?? 0) + ms);
  }
  return found;
}

/** The threads that a process has now. */
function threads(pid: number): { readonly name: string; readonly cpuMs: number }[] {
  try {
    const folder = `/proc/${pid}/task`;
    return readdirSync(folder).flatMap((thread) => {
      const name = readFileSync(`${folder}/${thread}/comm`, 'latin1').trim();
      // The first number is the time on a processor in nanoseconds.
      const [used] = readFileSync(`${folder}/${thread}/schedstat`, 'latin1').split(' ');
      return { name, cpuMs: Number(used) / 1e6 };
    });
  } catch {
    // It ended in between.
    return [];
  }
}

/** Proportional set size in KiB: pages that several processes share count once. */
export function pssKib(pid: number): number {
  let sum = 0;
  for (const one of processTree(pid)) {
    try {
      const text = readFileSync(`/proc/${one}/smaps_rollup`, 'latin1');
      sum += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
    } catch {
      // It ended in between.
    }
  }
  return sum;
}

/** The fields of /proc/PID/stat from the third on; the second may hold spaces. */
function stat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
