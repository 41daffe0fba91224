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
  // Whoever read the output has seen enough; the work goes on to its end.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  // Read once, when the thread pool starts. Syncs of many accounts' files run side by side in it.
  process.env['UV_THREADPOOL_SIZE'] ??= '32';
  if (import.meta.filename.endsWith('.ts')) {
    // Modules whose types were stripped once are kept, beside the code and so as safe as that. Where nothing can be
    // written all goes on without; workers find the place in their environment.
    const { enableCompileCache } = await import('node:module');
    process.env['NODE_COMPILE_CACHE'] ??= `${import.meta.dirname}/../node_modules/.cache/restante`;
    enableCompileCache(process.env['NODE_COMPILE_CACHE']);
  }
  const { main } = await import('./cli/program.ts');
  process.exitCode = await main(process.argv.slice(2));
}
