/** What every layer may write to the log. Never credentials, never message content. */
export interface Logger {
  debug(facts: LogFacts, text: string): void;
  info(facts: LogFacts, text: string): void;
  warn(facts: LogFacts, text: string): void;
  error(facts: LogFacts, text: string): void;
  /** A logger that adds these facts to every line. */
  child(facts: LogFacts): Logger;
}

export type LogFacts = Readonly<Record<string, unknown>>;

/** A logger for tests and for libraries that want none. */
export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
