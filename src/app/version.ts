import { readFileSync } from 'node:fs';

interface PackageFacts {
  readonly version: string;
}

/** The version of this package. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as PackageFacts).version;
}
