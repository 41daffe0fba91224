import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../base/logger.ts';
import { listenHttp } from './listen.ts';
import { Metrics } from './metrics.ts';

test('metrics and health are told over HTTP', async () => {
  const metrics = new Metrics();
  let broken = false;
  const listener = await listenHttp({
    host: '127.0.0.1',
    port: 0,
    logger: silent,
    metrics,
    ready: () => (broken ? Promise.reject(new Error('disk')) : Promise.resolve()),
  });
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${listener.port}${path}`, { method });
    return { status: response.status, text: await response.text() };
  };
  metrics.command({ name: 'UID FETCH', status: 'OK', durationMs: 3 });
  metrics.delivered();
  metrics.storeSynced(3);
  metrics.connectionClosed({ bytesRead: 10, bytesWritten: 20 });
  metrics.gauge('restante_connections', { help: 'open', read: () => 7 });
  const { text } = await get('/metrics');
  assert.match(text, /^restante_commands_total\{command="UID FETCH",status="OK"\} 1$/m);
  assert.match(
    text,
    /^restante_command_duration_seconds_bucket\{le="0\.01",command="UID FETCH"\} 1$/m,
  );
  assert.match(text, /^restante_deliveries_total 1$/m);
  assert.match(text, /^restante_store_sync_duration_seconds_bucket\{le="0\.005"\} 1$/m);
  assert.match(text, /^restante_sent_bytes_total 20$/m);
  assert.match(text, /^restante_connections 7$/m);
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds /m);
  assert.deepEqual(await get('/health/live'), { status: 200, text: 'live\n' });
  assert.deepEqual(await get('/health'), { status: 200, text: 'ready\n' });
  broken = true;
  assert.deepEqual(await get('/health/ready'), {
    status: 503,
    text: 'not ready: the store fails\n',
  });
  assert.equal((await get('/health/live')).status, 200);
  assert.equal((await get('/nothing')).status, 404);
  assert.equal((await get('/metrics', 'POST')).status, 405);
  await listener.close();
});
