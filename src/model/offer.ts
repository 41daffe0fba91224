import { upper } from '../base/ascii.ts';
import { nearest } from '../base/nearest.ts';
import { capabilityTable, type Offer } from './capability.ts';

/** What was switched, by a capability's name as the table has it: off or on. */
export type CapabilitySwitches = Readonly<Record<string, boolean>>;

const offers = new WeakMap<CapabilitySwitches, Offer>();

/** What a session with these switches has; the same for the same object. What needs something that is off is off too. */
export function offerOf(switches: CapabilitySwitches): Offer {
  let offer = offers.get(switches);
  if (offer === undefined) offers.set(switches, (offer = make(switches)));
  return offer;
}

function make(switches: CapabilitySwitches): Offer {
  const off = new Set<string>();
  let size: number;
  do {
    size = off.size;
    for (const { name, switchable, needs } of capabilityTable) {
      const isOff = switches[name] === false || (needs?.some((other) => off.has(other)) ?? false);
      if (switchable && isOff) off.add(name);
    }
  } while (off.size > size);
  const unknown = new Set<string>();
  for (const { name, brings } of capabilityTable)
    if (off.has(name)) for (const word of brings ?? []) unknown.add(word);
  for (const { name, brings } of capabilityTable)
    if (!off.has(name)) for (const word of brings ?? []) unknown.delete(word);
  return {
    off,
    on: new Set(Object.keys(switches).filter((name) => switches[name] === true && !off.has(name))),
    unknown: unknown.size === 0 ? undefined : unknown,
  };
}

/** The capability of this name, in any case, that may be switched. Throws an Error whose words help. */
export function switchableCapability(name: string): string {
  const found = capabilityTable.find((row) => upper(row.name) === upper(name));
  if (found?.switchable === true) return found.name;
  if (found !== undefined) {
    throw new Error(
      `${found.name} cannot be switched: no server can do without it, or another setting decides`,
    );
  }
  const names = capabilityTable.filter((row) => row.switchable).map((row) => row.name);
  const similar = nearest(name, names);
  throw new Error(
    similar === undefined
      ? `there is no capability ${name}; there are ${names.join(', ')}`
      : `there is no capability ${name}; did you mean ${similar}?`,
  );
}
