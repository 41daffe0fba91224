import type { Address, Envelope } from '../../model/envelope.ts';
import { joined, nil, nothing, rawNstring, wire, type Wire, type WriteOptions } from './wire.ts';

/**
 *   envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP
 *              env-bcc SP env-in-reply-to SP env-message-id ")"      RFC 9051 section 9
 */
export function envelope(value: Envelope, options: WriteOptions): Wire {
  const { from, sender, replyTo, to, cc, bcc } = value;
  // Sender and Reply-To are mostly From itself: write it once.
  const fromText = addresses(from, options);
  return joined([
    wire`(${rawNstring(value.date, options)}`,
    rawNstring(value.subject, options),
    fromText,
    sender === from ? fromText : addresses(sender, options),
    replyTo === from ? fromText : addresses(replyTo, options),
    addresses(to, options),
    addresses(cc, options),
    addresses(bcc, options),
    rawNstring(value.inReplyTo, options),
    wire`${rawNstring(value.messageId, options)})`,
  ]);
}

/** env-to = "(" 1*address ")" / nil: nothing stands between two addresses. */
function addresses(values: readonly Address[], options: WriteOptions): Wire {
  if (values.length === 0) return nil;
  return wire`(${joined(
    values.map((value) => address(value, options)),
    nothing,
  )})`;
}

/** address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")" */
function address({ name, route, mailbox, host }: Address, options: WriteOptions): Wire {
  return wire`(${rawNstring(name, options)} ${rawNstring(route ?? null, options)} ${rawNstring(mailbox, options)} ${rawNstring(host, options)})`;
}
