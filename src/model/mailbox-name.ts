import { sameText } from '../base/ascii.ts';
import { normalForm } from '../base/normal-form.ts';
import type { Branded } from './ids.ts';

/** A mailbox's full name: Unicode, NFC, levels parted by `/`, INBOX always in capitals. */
export type MailboxName = Branded<string, 'MailboxName'>;

/** The hierarchy separator, the same for every mailbox and every store. */
export const separator = '/';

export const inbox = 'INBOX' as MailboxName;

/**
 * The mailbox name for this text. INBOX in any case, alone or as the first level, is INBOX
 * (RFC 9051 section 5.1). A trailing separator is dropped: it only announces children (section 6.3.4).
 * It says nothing of whether the name may be created; see `refusalToCreate`.
 */
export function mailboxName(text: string): MailboxName {
  const whole = normalForm(text, 'NFC');
  const trimmed = whole.length > 1 && whole.endsWith(separator) ? whole.slice(0, -1) : whole;
  const cut = trimmed.indexOf(separator);
  const first = cut < 0 ? trimmed : trimmed.slice(0, cut);
  if (!sameText(first, inbox)) return trimmed as MailboxName;
  return (cut < 0 ? inbox : inbox + trimmed.slice(cut)) as MailboxName;
}

/** Why no mailbox of this name may be made, in words, or undefined when it may. */
export function refusalToCreate(
  name: MailboxName,
  limits: { readonly mailboxNameBytesMax: number; readonly mailboxDepthMax: number },
): string | undefined {
  if (name === '') return 'a mailbox needs a name';
  if (Buffer.byteLength(name) > limits.mailboxNameBytesMax) {
    return `the name is longer than ${limits.mailboxNameBytesMax} bytes`;
  }
  const levels = name.split(separator);
  if (levels.length > limits.mailboxDepthMax) {
    return `the name has more than ${limits.mailboxDepthMax} levels`;
  }
  if (levels.includes('')) return 'the name has an empty level';
  // Net-Unicode (RFC 9051 section 5.1 by RFC 5198) has no control characters; LIST gives * and % a meaning.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(name)) {
    return 'the name has a control character';
  }
  if (!name.isWellFormed()) return 'the name is not well-formed Unicode';
  if (/[*%]/.test(name)) return 'the name has a wildcard, * or %';
  return undefined;
}

/** The name one level up, or undefined at the top. */
export function parentName(name: MailboxName): MailboxName | undefined {
  const cut = name.lastIndexOf(separator);
  return cut < 0 ? undefined : (name.slice(0, cut) as MailboxName);
}

/** Whether a name lies below another, at any depth. */
export function isBelow(name: MailboxName, ancestor: MailboxName): boolean {
  return name.startsWith(ancestor + separator);
}
