import type { Branded } from './ids.ts';

/**
 * Bytes carried in a string, one code unit (0 to 255) for each byte: header values as they stand in
 * a message. Human text is `string`; the two must never be mixed, so this one has a brand.
 */
export type RawText = Branded<string, 'RawText'>;

/** The bytes as raw text. */
export function rawText(bytes: Uint8Array): RawText {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
  ) as RawText;
}

/** The bytes that a raw text carries. */
export function rawBytes(text: RawText): Buffer {
  return Buffer.from(text, 'latin1');
}
