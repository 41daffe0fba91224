/**
 * `npm test`: every check that needs no service, in one run of Node's own test runner.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const patterns = process.argv.slice(2);
const globs = patterns.length > 0 ? patterns : ['src/**/*.test.ts', 'test/*.test.ts'];
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-timeout=120000', `--test-concurrency=${availableParallelism()}`, ...globs],
  {
    stdio: 'inherit',
    env: { ...process.env, UV_THREADPOOL_SIZE: process.env['UV_THREADPOOL_SIZE'] ?? '16' },
  },
);
process.exit(status ?? 1);
