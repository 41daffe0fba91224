/** Throws when a condition that our own code promises does not hold: a bug of ours, never the client's. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`broken promise: ${what}`);
}

/** The last branch of a switch over a union: a compile error when a case was forgotten. */
export function unreachable(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
