import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Histogram, Registry } from 'prom-client';
import { CommandMetrics } from './command-metrics.ts';
import { Metrics, together } from './metrics.ts';

const facts = [
  { name: 'NOOP', status: 'OK', durationMs: 0.1 },
  { name: 'NOOP', status: 'OK', durationMs: 0.5 },
  { name: 'NOOP', status: 'BAD', durationMs: 60_000 },
  { name: 'UID FETCH', status: 'NO', durationMs: 9 },
];

test('what is told is what the counter and the histogram of prom-client would tell', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const metrics = new CommandMetrics(ours);
  const counter = new Counter({
    name: 'restante_commands_total',
    help: 'IMAP commands by name and tagged status',
    labelNames: ['command', 'status'],
    registers: [theirs],
  });
  const histogram = new Histogram({
    name: 'restante_command_duration_seconds',
    help: 'Time from reading an IMAP command to its tagged answer; IDLE is as long as the client idled',
    labelNames: ['command'],
    buckets: [0.0005, 0.002, 0.01, 0.05, 0.25, 1, 5],
    registers: [theirs],
  });
  assert.equal(await ours.metrics(), await theirs.metrics());
  for (const { name, status, durationMs } of facts) {
    metrics.count({ name, status, durationMs });
    counter.inc({ command: name, status });
    histogram.observe({ command: name }, durationMs / 1000);
  }
  assert.equal(await ours.metrics(), await theirs.metrics());
});

test('processes add up', async () => {
  const processes = [new Metrics(), new Metrics()];
  for (const metrics of processes) for (const fact of facts) metrics.command(fact);
  const values = await Promise.all(processes.map((metrics) => metrics.values()));
  // As they come from another process.
  const { text } = await together(JSON.parse(JSON.stringify(values)) as unknown[]);
  assert.match(text, /^restante_commands_total\{command="NOOP",status="OK"\} 4$/m);
  assert.match(
    text,
    /^restante_command_duration_seconds_bucket\{le="0\.0005",command="NOOP"\} 4$/m,
  );
  assert.match(text, /^restante_command_duration_seconds_bucket\{le="\+Inf",command="NOOP"\} 6$/m);
  assert.match(text, /^restante_command_duration_seconds_sum\{command="NOOP"\} 120\.001/m);
  assert.match(text, /^restante_command_duration_seconds_count\{command="UID FETCH"\} 2$/m);
});
