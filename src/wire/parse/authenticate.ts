import { upper } from '../../base/ascii.ts';
import type { AuthenticateArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
 *   initial-resp = (base64 / "=")                               RFC 9051 section 9, RFC 4959 section 7
 */
export function parseAuthenticate(c: Cursor): AuthenticateArguments {
  c.space();
  const mechanism = upper(c.atom('auth-type'));
  if (!c.knows('authenticate', 'initial-resp') || !c.trySpace()) {
    c.end();
    return { mechanism };
  }
  const at = c.offset;
  const text = c.atom('initial-resp');
  const initialResponse = text === '=' ? new Uint8Array(0) : decodeBase64(text);
  if (initialResponse === undefined) throw c.expected('base64', at);
  c.end();
  return { mechanism, initialResponse };
}

/** Strict: a mistyped password must not become another one. */
function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}
