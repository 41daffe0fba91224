/** Which test files may share a process. */
import { globSync } from 'node:fs';
import { join } from 'node:path';

/** Unit tests of the layers that keep nothing on a disk and start no process, from the root of the repository. */
export const pure: readonly string[] = globSync(
  'src/{base,model,wire,mime,auth,search,session,lmtp,http,app}/**/*.test.ts',
  { cwd: join(import.meta.dirname, '../..') },
).sort();
