/**
 * The mailbox names of IMAP4rev1 (RFC 3501 section 5.1.3): printable ASCII stands for itself, `&` is `&-`,
 * all else is UTF-16 in a base64 that has `,` for `/`, between `&` and `-`.
 */

/** Encodes any well-formed text. */
export function encodeModifiedUtf7(text: string): string {
  return text.replaceAll(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const utf16 = Buffer.from(run, 'utf16le').swap16();
    return `&${utf16.toString('base64').replaceAll('/', ',').replaceAll('=', '')}-`;
  });
}

/**
 * Decodes a name, strictly: undefined for what the one right encoding of no text is. Characters beyond
 * ASCII, which clients may send raw in UTF-8, stand for themselves.
 */
export function decodeModifiedUtf7(name: string): string | undefined {
  let text = '';
  let at = 0;
  for (;;) {
    const shift = name.indexOf('&', at);
    if (shift < 0) return text + name.slice(at);
    const end = name.indexOf('-', shift);
    if (end < 0) return undefined;
    text += name.slice(at, shift);
    if (end === shift + 1) text += '&';
    else {
      const decoded = decodeRun(name.slice(shift + 1, end));
      // `&…-&…-` with nothing between is a superfluous shift; `&…-&-` is not.
      if (decoded === undefined || /^&[^-]/.test(name.slice(end + 1, end + 3))) return undefined;
      text += decoded;
    }
    at = end + 1;
  }
}

function decodeRun(run: string): string | undefined {
  if (!/^[A-Za-z0-9+,]+$/.test(run)) return undefined;
  const utf16 = Buffer.from(run.replaceAll(',', '/'), 'base64');
  if (utf16.length % 2 !== 0 || utf16.length === 0) return undefined;
  const text = utf16.swap16().toString('utf16le');
  // Printable ASCII must stand for itself; spare bits must be zero; surrogates must come in pairs.
  if (/[\x20-\x7e]/.test(text) || !text.isWellFormed()) return undefined;
  return encodeModifiedUtf7(text) === `&${run}-` ? text : undefined;
}
