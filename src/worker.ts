/** The process that `restante serve --workers N` starts N times, with the primary's environment. */
import { runWorker } from './app/workers/worker.ts';

process.exitCode = await runWorker();
