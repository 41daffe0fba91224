import { readFileSync } from 'node:fs';

/** Where the system does not say: what macOS gives a process at least. */
const usualMax = 10_240;

/** How many files this process may have open; Node has raised it as far as the system lets. */
export function descriptorsMax(): number {
  let text = '';
  try {
    text = readFileSync('/proc/self/limits', 'latin1');
  } catch {
    // Not Linux.
  }
  return descriptorsIn(text);
}

/** What `/proc/self/limits` says of it (proc_pid_limits(5)). */
export function descriptorsIn(text: string): number {
  const found = /^Max open files +(\d+|unlimited)/m.exec(text)?.[1];
  return found === 'unlimited' ? Infinity : Number(found ?? usualMax);
}
