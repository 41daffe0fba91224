import type { LogFacts, Logger } from '../base/logger.ts';

/** Adds a connection's number to each line; cheaper to keep than a logger of its own. */
export class ConnectionLogger implements Logger {
  readonly #logger: Logger;
  readonly #connection: number;

  constructor(logger: Logger, connection: number) {
    this.#logger = logger;
    this.#connection = connection;
  }

  debug(facts: LogFacts, text: string): void {
    this.#logger.debug({ connection: this.#connection, ...facts }, text);
  }

  info(facts: LogFacts, text: string): void {
    this.#logger.info({ connection: this.#connection, ...facts }, text);
  }

  warn(facts: LogFacts, text: string): void {
    this.#logger.warn({ connection: this.#connection, ...facts }, text);
  }

  error(facts: LogFacts, text: string): void {
    this.#logger.error({ connection: this.#connection, ...facts }, text);
  }

  child(facts: LogFacts): Logger {
    return this.#logger.child({ connection: this.#connection, ...facts });
  }
}
