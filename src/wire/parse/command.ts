import { upper } from '../../base/ascii.ts';
import { bad, type Refusal } from '../../model/refusal.ts';
import { is } from '../character.ts';

/** How a command begins; its arguments begin at `position`, with the space before them. */
export interface CommandStart {
  readonly tag: string;
  /** Upper-cased, without `UID`. */
  readonly name: string;
  /** Whether `UID` stood before the name. */
  readonly uid: boolean;
  readonly position: number;
}

/**
 *   command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF
 *   tag     = 1*<any ASTRING-CHAR except "+">
 *   uid     = "UID" SP (copy / move / fetch / search / store / uid-expunge)     RFC 9051 section 9
 *
 * Throws BAD; `readTag` tells which tag the answer has.
 */
export function parseCommandStart(bytes: Uint8Array): CommandStart {
  const tagEnd = run(bytes, 0, is.tag);
  if (tagEnd === 0) throw expected('tag', 0);
  const tag = latin1(bytes, 0, tagEnd);
  const first = parseName(bytes, tagEnd);
  if (first.name !== 'UID') return { tag, uid: false, ...first };
  return { tag, uid: true, ...parseName(bytes, first.position) };
}

/**
 * The tag that a command begins with, also one that is malformed behind it or was thrown away; undefined
 * when there is none, so that the answer can only go out untagged.
 */
export function readTag(bytes: Uint8Array): string | undefined {
  const end = run(bytes, 0, is.tag);
  return end > 0 && (end === bytes.length || bytes[end] === 0x20)
    ? latin1(bytes, 0, end)
    : undefined;
}

function parseName(bytes: Uint8Array, at: number): { name: string; position: number } {
  if (bytes[at] !== 0x20) throw expected('space', at);
  const position = run(bytes, at + 1, is.atom);
  if (position === at + 1) throw expected('command', position);
  return { name: upper(latin1(bytes, at + 1, position)), position };
}

function expected(what: string, at: number): Refusal {
  return bad(`expected ${what} at ${at}`);
}

function run(bytes: Uint8Array, from: number, table: Uint8Array): number {
  let at = from;
  while (table[bytes[at] ?? 0] === 1) at++;
  return at;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to);
}
