import { normalForm } from '../base/normal-form.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import { Refusal } from '../model/refusal.ts';
import type { Cursor } from '../wire/cursor.ts';

/**
 * The first mailbox name of a command as the client wrote it, when it is not in the normal form that the server
 * keeps: IMAP4rev2 clients get it back as OLDNAME (RFC 9051 section 6.3.9.7). A RENAME whose new name alone is
 * not normal says its old name. Names are UTF-8 for whoever may get OLDNAME, so no other decoding matters.
 */
export function oldNameOf(c: Cursor): MailboxName | undefined {
  try {
    c.space();
    const first = c.astring();
    const second = c.trySpace() && !c.sees('(') ? c.astring() : '';
    const normal = [first, second].every((name) => name === normalForm(name, 'NFC'));
    return normal ? undefined : (first as MailboxName);
  } catch (error) {
    // The command's own parser says what is wrong.
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
