import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect young objects on the thread that made them, without helpers. There are few of them that live, half a
 * millisecond's work; waking helpers costs about as much, and where other processes want the processors too, everybody
 * waits for a helper that has none (docs/decisions/0014-connections.md). For the whole process.
 */
export function collectAlone(): void {
  setFlagsFromString('--no-parallel-scavenge');
}
