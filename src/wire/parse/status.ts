import type { StatusArguments, StatusItem } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/** status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"      RFC 9051 section 9 */
export function parseStatus(c: Cursor): StatusArguments {
  c.space();
  const mailbox = c.mailbox();
  c.space();
  const items = parseStatusItems(c);
  c.end();
  return { mailbox, items };
}

/**
 *   status-att =  "MESSAGES" / "UIDNEXT" / "UIDVALIDITY" / "UNSEEN" / "DELETED" / "SIZE"   RFC 9051 section 9
 *   status-att =/ "DELETED-STORAGE"                                       RFC 9208 section 7
 *   status-att =/ "RECENT" / "HIGHESTMODSEQ" / "MAILBOXID" / "APPENDLIMIT"
 *                         RFC 3501 section 9, RFC 7162 section 7, RFC 8474 section 7, RFC 7889 section 5
 */
export function parseStatusItems(c: Cursor): StatusItem[] {
  const items = c.list((): StatusItem => {
    const from = c.offset;
    const word = c.word('status-att');
    switch (word) {
      case 'MESSAGES':
      case 'RECENT':
      case 'UIDNEXT':
      case 'UIDVALIDITY':
      case 'UNSEEN':
      case 'DELETED':
      case 'DELETED-STORAGE':
      case 'SIZE':
      case 'HIGHESTMODSEQ':
      case 'MAILBOXID':
      case 'APPENDLIMIT':
        return word;
      default:
        throw c.expected('status-att', from);
    }
  });
  return [...new Set(items)];
}
