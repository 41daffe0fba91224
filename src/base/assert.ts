/** Throws when a condition that our own code promises does not hold: a bug of ours, never the client's. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`broken promise: ${what}`);
}
