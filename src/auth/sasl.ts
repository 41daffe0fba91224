/**
 * SASL mechanisms as pure steps (RFC 4422 section 3): bytes from the client in, a challenge or the
 * credentials it gave out. Whoever runs them does base64, lines and limits.
 */
export type SaslStep =
  | { readonly kind: 'challenge'; readonly challenge: Uint8Array }
  | {
      readonly kind: 'credentials';
      readonly user: string;
      readonly password: string;
      /** Whose rights are asked for; empty for one's own. */
      readonly authorizeAs: string;
    };

export interface Mechanism {
  /** The next step, given what the client said. Throws SaslError when that makes no sense. */
  step(response: Uint8Array): SaslStep;
}

/** The client's message does not follow its mechanism. */
export class SaslError extends Error {}

/** A fresh exchange of this mechanism (upper-cased name), or undefined when it is not known. */
export function mechanism(name: string): Mechanism | undefined {
  switch (name) {
    case 'PLAIN':
      return { step: plain };
    case 'LOGIN':
      return new LoginMechanism();
    default:
      return undefined;
  }
}

/**
 * PLAIN (RFC 4616 section 2).
 *
 *   message = [authzid] UTF8NUL authcid UTF8NUL passwd
 */
function plain(response: Uint8Array): SaslStep {
  const parts = utf8(response).split('\0');
  const [authorizeAs, user, password] = parts;
  if (parts.length !== 3 || user === undefined || password === undefined) {
    throw new SaslError('PLAIN has three parts');
  }
  if (user === '' || password === '') throw new SaslError('PLAIN needs a user and a password');
  return { kind: 'credentials', user, password, authorizeAs: authorizeAs ?? '' };
}

/** LOGIN, never standardised: two prompts. Outlook answers the first one in the initial response. */
class LoginMechanism implements Mechanism {
  #user: string | undefined;

  step(response: Uint8Array): SaslStep {
    const text = utf8(response);
    if (this.#user === undefined) {
      if (text === '') throw new SaslError('LOGIN needs a user name');
      this.#user = text;
      return { kind: 'challenge', challenge: Buffer.from('Password:') };
    }
    return { kind: 'credentials', user: this.#user, password: text, authorizeAs: '' };
  }
}

/** What the server says first when the client sent no initial response: empty for those that begin themselves. */
export function firstChallenge(name: string): Uint8Array {
  return Buffer.from(name === 'LOGIN' ? 'Username:' : '');
}

/**
 * Base64 as SASL profiles want it (RFC 4648 section 4): padded, nothing outside the alphabet, nothing after
 * the padding. Undefined when it is anything else.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SaslError('this is not UTF-8', { cause });
  }
}
