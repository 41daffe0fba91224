import { hash as digestOf } from 'node:crypto';
import type { Envelope } from '../../model/envelope.ts';
import type { Statements } from './statements.ts';

/** References are looked at from both ends: the first names the conversation, the last the parents. */
const referencesMax = 20;

/**
 * What ties a message to its conversation: its own Message-ID first, then those it refers to, oldest first
 * (RFC 5322 section 3.6.4), each as 52 bits of its SHA-256 so that it is a number here and in SQLite. What names
 * nothing is tied to its own copies by its digest: one EMAILID, one THREADID (RFC 8474 section 5.2).
 */
export function threadKeys(
  { envelope, headers }: { readonly envelope: Envelope; readonly headers: Uint8Array },
  digest: Uint8Array,
): number[] {
  const references = [...ids(referencesField(headers)), ...ids(envelope.inReplyTo ?? '')];
  const near =
    references.length > referencesMax
      ? [...references.slice(0, 1), ...references.slice(1 - referencesMax)]
      : references;
  const own = ids(envelope.messageId ?? '').slice(0, 1);
  const named = [...new Set([...own, ...near])];
  return named.length > 0 ? named.map(hash) : [number(digest)];
}

/**
 * The thread of a message that is being stored: that of the oldest message it refers to that is known,
 * or a new one, numbered as the message is. A thread, once given, never changes (RFC 8474 section 5.2), so
 * two that turn out to be one stay two.
 */
export function assignThread(
  statements: Statements,
  keys: readonly number[],
  message: number,
): number {
  const known = keys.map((key) => (statements.thread.get(key) as [number] | undefined)?.[0]);
  const thread = known.slice(1).find((found) => found !== undefined) ?? known[0] ?? message;
  keys.forEach((key, index) => {
    if (known[index] === undefined) statements.addThread.run(key, thread);
  });
  return thread;
}

function ids(text: string): string[] {
  return text.match(/<[^<>\s]{1,998}>/g) ?? [];
}

function referencesField(headers: Uint8Array): string {
  const text = Buffer.from(headers.buffer, headers.byteOffset, headers.byteLength).toString(
    'latin1',
  );
  return /^references[ \t]*:((?:[^\r\n]*\r?\n(?=[ \t]))*[^\r\n]*)/im.exec(text)?.[1] ?? '';
}

function hash(id: string): number {
  return number(digestOf('sha256', Buffer.from(id, 'latin1'), 'buffer'));
}

/** The first 52 bits of a digest. */
function number(digest: Uint8Array): number {
  return Buffer.from(digest).readUIntBE(0, 6) * 16 + (digest[6]! >>> 4);
}
