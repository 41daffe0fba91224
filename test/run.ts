/**
 * `npm test`: every check that needs no service, in one run of Node's own test runner.
 * With names of files it runs those; with `--alone` one file at a time and patiently, for those that measure.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const words = process.argv.slice(2);
const alone = words.includes('--alone');
const named = words.filter((word) => word !== '--alone');
const files = named.length > 0 ? named : ['src/**/*.test.ts', 'test/*.test.ts'];
const concurrency = alone ? 1 : availableParallelism();
const timeoutMs = (alone ? 20 : 2) * 60_000;
const options = ['--test', `--test-timeout=${timeoutMs}`, `--test-concurrency=${concurrency}`];
const { status } = spawnSync(process.execPath, [...options, ...files], {
  stdio: 'inherit',
  env: { ...process.env, UV_THREADPOOL_SIZE: process.env['UV_THREADPOOL_SIZE'] ?? '16' },
});
process.exit(status ?? 1);
