import { switchableCapability, type CapabilitySwitches } from '../model/offer.ts';
import { ConfigError } from './config-error.ts';

/** `NAME=on` or `NAME=off`, each from a flag or a line of the file; names may have a `=` themselves. Throws ConfigError. */
export function decodeCapabilities(texts: readonly string[]): CapabilitySwitches {
  const found: Record<string, boolean> = {};
  for (const text of texts) {
    const [, name = '', state] = /^(.*?)\s*=\s*(on|off|true|false)$/i.exec(text) ?? [];
    if (state === undefined)
      throw new ConfigError('write NAME=on or NAME=off, in the file "NAME" = true or false');
    try {
      found[switchableCapability(name)] = /^(?:on|true)$/i.test(state);
    } catch (error) {
      throw new ConfigError((error as Error).message, { cause: error });
    }
  }
  return found;
}
