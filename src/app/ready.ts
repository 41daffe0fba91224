import type { BoundAddress } from './embedded.ts';

/** Prints the one line of standard output that tells whoever started us that we are there, and where. */
export function sayReady(addresses: readonly BoundAddress[]): void {
  process.stdout.write(`restante: ready ${addresses.map(({ url }) => url).join(' ')}\n`);
}
