/** What time asks for in accounts that nobody opens. */
import type { Logger } from '../base/logger.ts';
import type { Store } from '../store/store.ts';

/** When a server first looks for accounts that have waited for a day, and how often it looks again. */
const [firstMs, againMs] = [10 * 60 * 1000, 60 * 60 * 1000];

/** Has the store look after such accounts now and then, in the background, until it is disposed. Several processes share the work. */
export function tending(
  store: Store,
  { logger, waitMs = firstMs }: { readonly logger: Logger; readonly waitMs?: number },
): Disposable {
  const stop = new AbortController();
  const { signal } = stop;
  let timer: NodeJS.Timeout | undefined;
  const after = (delay: number): void => {
    timer = setTimeout(() => void tend(), delay).unref();
  };
  const tend = async (): Promise<void> => {
    try {
      const accounts = await store.tend?.({ signal });
      if (accounts !== undefined && accounts > 0)
        logger.debug({ accounts }, 'accounts that nobody opened were tended');
    } catch (error) {
      if (!signal.aborted) logger.warn({ error }, 'accounts could not be tended');
    }
    if (!signal.aborted) after(againMs);
  };
  after(waitMs);
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      stop.abort();
    },
  };
}
