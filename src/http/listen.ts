import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from './metrics.ts';

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'read'> | undefined;
  /** Rejects when the server cannot do its work now. */
  readonly ready: () => Promise<void>;
}

export interface HttpListener {
  readonly port: number;
  close(): Promise<void>;
}

/** How long a readiness check may take. */
const readyTimeMs = 2000;

/**
 * For the operator's machines: `/metrics` for Prometheus, `/health/live` (the process answers) and `/health/ready`
 * (the store does too); `/health` is the latter. There is no login: it belongs on loopback or an inner network.
 */
export async function listenHttp(options: HttpOptions): Promise<HttpListener> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      options.logger.error({ err: error }, 'an HTTP request failed');
      response.destroy();
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: options.host, port: options.port }, resolve);
  await promise;
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  const say = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
  };
  const [path] = (request.url ?? '/').split('?', 1);
  if (request.method !== 'GET' && request.method !== 'HEAD') say(405, 'only GET\n');
  else if (path === '/health/live') say(200, 'live\n');
  else if (path === '/health/ready' || path === '/health') {
    const failure = await failureOf(options.ready);
    if (failure === undefined) say(200, 'ready\n');
    else say(503, `not ready: ${failure}\n`);
  } else if (path === '/metrics' && options.metrics !== undefined) {
    const { type, text } = await options.metrics.read();
    say(200, text, type);
  } else say(404, 'there are /metrics, /health/live and /health/ready\n');
}

async function failureOf(ready: () => Promise<void>): Promise<string | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve('the store does not answer'), readyTimeMs);
  try {
    return await Promise.race([late, ready().then(() => undefined)]);
  } catch {
    return 'the store fails';
  } finally {
    clearTimeout(timer);
  }
}
