/** A command that ran, for metrics. */
export interface CommandFacts {
  /** In capitals, with `UID `. */
  readonly name: string;
  readonly status: 'OK' | 'NO' | 'BAD' | 'BYE';
  readonly durationMs: number;
}
