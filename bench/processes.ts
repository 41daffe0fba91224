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

/** CPU milliseconds that a server has used, processes that have ended included. */
export function cpuMs(pid: number): number {
  let ticks = 0;
  for (const one of processTree(pid)) {
    const fields = stat(one);
    // utime, stime, and both of the children that were waited for: fields 14 to 17 of proc(5).
    for (const field of fields?.slice(11, 15) ?? []) ticks += Number(field);
  }
  return (ticks * 1000) / ticksPerSecond;
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
