import { normalForm } from '../base/normal-form.ts';
import { mailboxName, type MailboxName } from '../model/mailbox-name.ts';
import { no } from '../model/refusal.ts';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.ts';

/**
 * A mailbox's name from its text on the wire. Whether `&` begins modified UTF-7 (RFC 3501 section 5.1.3) is
 * told by the session's state, never by what the name looks like: Thunderbird sends a bare `&` once
 * UTF8=ACCEPT is on. Throws NO for what is no modified UTF-7: it would come back to the client as another name.
 */
export function decodeMailbox(text: string, utf8: boolean): MailboxName {
  if (utf8 || !text.includes('&')) return mailboxName(text);
  const decoded = decodeModifiedUtf7(text);
  if (decoded === undefined) throw no('the mailbox name is not modified UTF-7', { kind: 'CANNOT' });
  return mailboxName(decoded);
}

/** A LIST pattern or reference; one that is no modified UTF-7 is taken as it is and matches what it matches. */
export function decodePattern(text: string, utf8: boolean): string {
  const decoded = utf8 ? text : (decodeModifiedUtf7(text) ?? text);
  return normalForm(decoded, 'NFC');
}

/** The name as it goes on the wire, before quoting. */
export function encodeMailbox(name: MailboxName, utf8: boolean): string {
  return utf8 ? name : encodeModifiedUtf7(name);
}
