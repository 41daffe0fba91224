/**
 * `npm test`: every check that needs no service, in one run of Node's own test runner.
 * With names of files it runs those; with `--alone` one file at a time and patiently, for those that measure.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pure } from './support/pure.ts';

const root = join(import.meta.dirname, '..');
const words = process.argv.slice(2);
const alone = words.includes('--alone');
const named = words.filter((word) => word !== '--alone');

/** Long ones first, so that no processor waits for them at the end. */
const first = ['dialogues-bytewise', 'dialogues', 'units', 'two-sessions', 'store'].map(
  (name) => `test/${name}.test.ts`,
);

/** All test files; the pure ones are run by `test/units.test.ts`. */
function all(): string[] {
  const files = globSync(['src/**/*.test.ts', 'test/*.test.ts'], { cwd: root }).sort();
  const rest = files.filter((file) => !first.includes(file) && !pure.includes(file));
  return [...first, ...rest];
}

const files = named.length > 0 ? globSync(named, { cwd: root }).sort() : all();
// A pattern that finds nothing must not pass for tests that passed.
if (files.length === 0) throw new Error(`no test files: ${named.join(' ')}`);

// Compiled modules are kept from one process, and one run, to the next; Node compares their sources.
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/restante-tests');
process.env['UV_THREADPOOL_SIZE'] ??= '16';
/** How long the run may take, in minutes: a file whose tests are over but which does not end has no other limit. */
const minutesMax = alone ? 40 : 6;
run({
  cwd: root,
  signal: AbortSignal.timeout(minutesMax * 60_000),
  files: files.map((file) => join(root, file)),
  concurrency: alone ? 1 : availableParallelism(),
  timeout: (alone ? 20 : 2) * 60_000,
})
  .on('test:fail', () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
