import type { Address, Envelope } from '../model/envelope.ts';
import type { RawText } from '../model/raw-text.ts';
import { parseAddresses } from './address.ts';
import { fieldValue } from './header.ts';
import type { HeaderField } from './header.ts';

/** Bytes of all address fields that are read: some 5,000 addresses, and a few ms. */
const addressBytesMax = 256 * 1024;

/**
 * The envelope that a header gives (RFC 9051 section 7.5.2). Of a text field that comes more than once
 * the last counts; addresses of repeated fields are all kept, as their readers expect to be shown.
 */
export function readEnvelope(block: Uint8Array, fields: readonly HeaderField[]): Envelope {
  const texts = new Map<string, RawText>();
  const lists = new Map<string, Address[]>();
  let addressBytes = addressBytesMax;
  for (const field of fields) {
    if (textFields.has(field.name)) texts.set(field.name, fieldValue(block, field));
    else if (addressFields.has(field.name)) {
      const value = fieldValue(block, field).slice(0, addressBytes);
      addressBytes -= value.length;
      const found = parseAddresses(value);
      const earlier = lists.get(field.name);
      if (earlier === undefined) lists.set(field.name, found);
      else for (const address of found) earlier.push(address);
    }
  }
  const from = lists.get('from') ?? [];
  const list = (name: string): readonly Address[] => lists.get(name) ?? [];
  const orFrom = (name: string): readonly Address[] => (list(name).length > 0 ? list(name) : from);
  const text = (name: string): RawText | null => texts.get(name) ?? null;
  return {
    date: text('date'),
    subject: foldBlanks(text('subject')),
    from,
    sender: orFrom('sender'),
    replyTo: orFrom('reply-to'),
    to: list('to'),
    cc: list('cc'),
    bcc: list('bcc'),
    inReplyTo: text('in-reply-to'),
    messageId: text('message-id'),
  };
}

/** A subject is for people: where it was folded, and how often a blank was typed, is no part of it. */
function foldBlanks(subject: RawText | null): RawText | null {
  if (subject === null) return null;
  return subject.replaceAll(/[ \t]+/g, ' ').replaceAll(/^ | $/g, '') as RawText;
}

const textFields: ReadonlySet<string> = new Set(['date', 'subject', 'in-reply-to', 'message-id']);
const addressFields: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
]);
