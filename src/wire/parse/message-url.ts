import { asUid, asUidValidity } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import type { MessageUrl } from '../../model/message-url.ts';
import { Refusal } from '../../model/refusal.ts';
import type { Section } from '../../model/section.ts';
import { Cursor, type CursorOptions } from '../cursor.ts';
import { parseSectionSpec } from './fetch.ts';

/**
 *   iabsolute-path = "/" imessagepart
 *   imessagepart   = imailbox-ref iuid [isection] [ipartial]
 *   imailbox-ref   = enc-mailbox [uidvalidity]
 *   uidvalidity    = ";UIDVALIDITY=" nz-number
 *   iuid           = "/" ";UID=" nz-number
 *   isection       = "/" ";SECTION=" enc-section
 *   ipartial       = "/" ";PARTIAL=" partial-range
 *   partial-range  = number ["." nz-number]
 *   enc-mailbox    = 1*bchar                          RFC 5092 section 11
 */
const shape =
  /^\/([^;?#]+?)(?:;UIDVALIDITY=([1-9]\d*))?\/;UID=([1-9]\d*)(?:\/;SECTION=([^;?#]+?))?(?:\/;PARTIAL=(\d+)(?:\.([1-9]\d*))?)?$/i;

/**
 *   bchar = achar / ":" / "@" / "/"
 *   achar = unreserved / sub-delims-sh / pct-encoded / "&" / "="
 */
const bchars = /^(?:[A-Za-z0-9._~!$'()*+,&=:@/-]|%[0-9A-Fa-f]{2})+$/;

const numberMax = 0xffff_ffff;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The message that a relative URL names, or undefined: with a scheme or a server it is none that CATENATE takes
 * (RFC 4469 section 3), nor without the slash that it begins with (RFC 5092 section 7.2).
 */
export function parseMessageUrl(
  url: string,
  limits: CursorOptions['limits'],
): MessageUrl | undefined {
  const found = shape.exec(url);
  if (found === null) return undefined;
  const [, path = '', uidValidity, uid, section, origin, length] = found;
  const mailbox = mailboxOf(path);
  const spec = section === undefined ? whole : sectionOf(section, limits);
  const tooLarge = [uidValidity, uid, origin, length].some((number) => Number(number) > numberMax);
  if (mailbox === undefined || spec === undefined || tooLarge) return undefined;
  return {
    mailbox: mailboxName(mailbox),
    uidValidity: uidValidity === undefined ? undefined : asUidValidity(Number(uidValidity)),
    uid: asUid(Number(uid)),
    section: spec,
    partial:
      origin === undefined
        ? undefined
        : { origin: Number(origin), length: length === undefined ? Infinity : Number(length) },
  };
}

const whole: Section = { part: [], text: { kind: 'ALL' } };

/** A name that begins with a slash, or has a dot for a level, would mean something else in a URL (RFC 5092 section 7). */
function mailboxOf(path: string): string | undefined {
  const levels = path.split('/');
  return levels[0] === '' || levels.includes('.') || levels.includes('..')
    ? undefined
    : decoded(path);
}

function sectionOf(encoded: string, limits: CursorOptions['limits']): Section | undefined {
  const text = decoded(encoded);
  if (text === undefined) return undefined;
  const c = new Cursor(Buffer.from(text), { utf8: true, limits });
  try {
    const section = parseSectionSpec(c);
    c.end();
    return section;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Octets that are percent-encoded, as the UTF-8 that they are (RFC 5092 section 8). */
function decoded(text: string): string | undefined {
  if (!bchars.test(text)) return undefined;
  const latin1 = text.replaceAll(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}
