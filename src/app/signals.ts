import type { Logger } from '../base/logger.ts';

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once. */
export function stopSignal(logger: Logger): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (asked) {
      logger.warn({ signal }, 'stopping at once');
      process.exit(1);
    }
    asked = true;
    resolve();
  };
  process.on('SIGTERM', listener);
  process.on('SIGINT', listener);
  return promise;
}

/** Calls back at each SIGHUP until it is disposed. */
export function onHangUp(reload: () => Promise<void>): Disposable {
  const listener = (): void => void reload();
  process.on('SIGHUP', listener);
  return { [Symbol.dispose]: () => void process.off('SIGHUP', listener) };
}
