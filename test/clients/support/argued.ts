/** Where our ENVELOPE or BODYSTRUCTURE differs from Dovecot's, and why ours is right to. */
export interface Difference {
  readonly message: string;
  readonly item: string;
  readonly ours: string;
  readonly theirs: string;
}

interface Argument {
  readonly reason: string;
  readonly holds: (difference: Difference) => boolean;
}

const args: readonly Argument[] = [];

/** The reason for a difference, or undefined when there is none. */
export function argued(difference: Difference): string | undefined {
  return args.find(({ holds }) => holds(difference))?.reason;
}
