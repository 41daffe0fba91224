import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect young objects on the thread that made them, without helpers. There are few of them that live, half a
 * millisecond's work; waking helpers costs about as much, and where other processes want the processors too, everybody
 * waits for a helper that has none.
 */
const withoutHelpers = '--no-parallel-scavenge';
/**
 * Each half of the young generation, MiB. V8 lets it grow to 32 on a large machine, for nothing that we could measure, and
 * keeps it for ever.
 */
const youngHalf = 8;
const growsNoMore = '--semi-space-growth-factor=1';

/** What a process that serves is to be started with (docs/decisions/0014-connections.md). */
export const collectorFlags: readonly string[] = [
  withoutHelpers,
  `--max-semi-space-size=${youngHalf}`,
];

/** The same for a process that has begun: its young generation may not be told how large it may get, but to stay as it is. */
export function collectAlone(): void {
  setFlagsFromString(withoutHelpers);
  const observer = new PerformanceObserver(() => {
    if (youngBytes() < 2 * youngHalf * 1024 * 1024) return;
    setFlagsFromString(growsNoMore);
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}

/** Both halves. */
function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return young?.space_size ?? 0;
}
