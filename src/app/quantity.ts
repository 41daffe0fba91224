import { ConfigError } from './config-error.ts';

const durations: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
export const sizes: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Limits of which 0 makes sense. */
const mayBeNothing: ReadonlySet<string> = new Set(['packAfterMs']);

/**
 * A limit's value: a whole number, mostly above 0, in the unit that ends the limit's name, or, for `…Ms` and
 * `…Bytes…`, one with a unit of its own, as in `30m` and `64KiB`. Throws ConfigError.
 */
export function parseQuantity(name: string, value: unknown): number {
  const units = name.endsWith('Ms') ? durations : name.includes('Bytes') ? sizes : {};
  const number = readQuantity(String(value), units);
  if (number !== undefined && (number > 0 || mayBeNothing.has(name))) return number;
  const names = Object.keys(units);
  throw new ConfigError(
    names.length === 0
      ? 'write a whole number above 0'
      : `write a whole number above 0, alone or with ${names.join(', ')}`,
  );
}

/** A whole number, alone or with one of these units; undefined when it is not. */
export function readQuantity(
  text: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const [, digits, unit = ''] = /^(\d+)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const factor = unit === '' ? 1 : Object.hasOwn(units, unit) ? units[unit] : undefined;
  const number = Number(digits) * (factor ?? NaN);
  return Number.isSafeInteger(number) ? number : undefined;
}
