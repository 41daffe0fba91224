import type { Address } from '../model/envelope.ts';
import type { RawText } from '../model/raw-text.ts';
import { cachedHeaderNames } from '../mime/cached-headers.ts';
import { decodeWords } from '../mime/encoded-word.ts';
import { fieldValue, headerFields } from '../mime/header.ts';
import type { MessageFacts } from '../store/store.ts';

/** Whether a message's facts have every field of this name, given in lower case. */
export function isCached(name: string): boolean {
  return cachedHeaderNames.has(name);
}

/**
 * The values of all fields of one name, in lower case, in a header's bytes: unfolded and with their
 * encoded words decoded (RFC 9051 section 6.4.4, RFC 2047).
 */
export function fieldValues(header: Uint8Array, name: string): readonly string[] {
  return headerFields(header)
    .filter((field) => field.name === name)
    .map((field) => decodeWords(fieldValue(header, field)));
}

/** The texts that FROM, TO, CC and BCC look into: each address as people write it, and the field as it stands. */
export function addressTexts(
  { envelope, headers }: Pick<MessageFacts, 'envelope' | 'headers'>,
  field: 'from' | 'to' | 'cc' | 'bcc',
): readonly string[] {
  const texts = [...fieldValues(headers, field)];
  if (envelope[field].length > 0) texts.push(envelope[field].map(written).join(', '));
  return texts;
}

function written({ name, mailbox, host }: Address): string {
  // A group opens with its name alone and closes with nothing (RFC 9051 section 7.5.2).
  const address = host === null ? (mailbox ?? '') : `${mailbox ?? ''}@${host}`;
  const text = decodeWords(address as RawText);
  return name === null ? text : `${decodeWords(name)} <${text}>`;
}
