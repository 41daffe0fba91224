import { setFlagsFromString } from 'node:v8';

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
const youngHalf = '--max-semi-space-size=8';

/** What a process that serves is to be started with (docs/decisions/0014-connections.md). */
export const collectorFlags: readonly string[] = [withoutHelpers, youngHalf];

/** What of that can be said to a process that has begun. */
export function collectAlone(): void {
  setFlagsFromString(withoutHelpers);
}
