import { upper } from '../../base/ascii.ts';
import { no } from '../../model/refusal.ts';

/** Turns the bytes of a string into text; throws when they are none in its charset. */
export type Decode = (bytes: Uint8Array) => string;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8, of which US-ASCII is a part: what strings are in when no charset is named. */
export const decodeUtf8: Decode = (bytes) => utf8.decode(bytes);

/**
 * The decoder of a charset; every one that the platform knows is accepted, since RFC 9051 section 6.4.4 demands
 * only US-ASCII and UTF-8. Throws `NO [BADCHARSET]` for one unknown.
 */
export function decoderOf(charset: string): Decode {
  const name = upper(charset);
  if (name === 'US-ASCII' || name === 'UTF-8') return decodeUtf8;
  try {
    const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  } catch {
    throw no('the charset is not known', { kind: 'BADCHARSET', charsets: ['US-ASCII', 'UTF-8'] });
  }
}
