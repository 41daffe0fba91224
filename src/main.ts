#!/usr/bin/env node
/** The `restante` command. Nothing may be imported before the checks below. */
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `restante: Node.js ${process.versions.node} is too old: install version 24 or newer, ` +
      `or run it by "npm start" and "npm run -s restante --" from a checkout, which bring their own\n`,
  );
  process.exitCode = 1;
} else {
  // Read once, when the thread pool starts. Syncs of many accounts' files run side by side in it.
  process.env['UV_THREADPOOL_SIZE'] ??= '32';
  const { main } = await import('./cli/program.ts');
  process.exitCode = await main(process.argv.slice(2));
}
