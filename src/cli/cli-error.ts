/** A command cannot be done; the text says what was wrong, with which value, and what to do. */
export class CliError extends Error {
  /** 1: it failed. 2: it was called wrongly. */
  readonly exitCode: 1 | 2;

  constructor(text: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(text, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
