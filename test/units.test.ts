/** Many small test files in one process: to start one and load its modules takes longer than most of them do. */
import { join } from 'node:path';
import { pure } from './support/pure.ts';

for (const file of pure) await import(join(import.meta.dirname, '..', file));
