import { test } from 'node:test';
import { parses, refuses } from '../../../test/support/command-arguments.ts';

test('values are octets, or none', () => {
  parses('SETMETADATA INBOX (/private/comment "a \\"b\\"" /shared/comment nil)', {
    mailbox: 'INBOX',
    entries: [
      ['/private/comment', Buffer.from('a "b"')],
      ['/shared/comment', null],
    ],
  });
  parses(
    Buffer.from(
      'SETMETADATA "" (/private/a ~{3+}\r\n\0\xff) /private/b {2}\r\n\xff\xfe)',
      'latin1',
    ),
    {
      mailbox: '',
      entries: [
        ['/private/a', Buffer.from('\0\xff)', 'latin1')],
        ['/private/b', Buffer.from('\xff\xfe', 'latin1')],
      ],
    },
  );
  parses('SETMETADATA a (/private/b "NIL" /private/c "")', {
    mailbox: 'a',
    entries: [
      ['/private/b', Buffer.from('NIL')],
      ['/private/c', Buffer.from('')],
    ],
  });
});

test('what is malformed', () => {
  refuses('SETMETADATA INBOX ()', 'entry');
  refuses('SETMETADATA INBOX (/private/a)', 'space');
  refuses('SETMETADATA INBOX (/private/a NILS)', 'string, literal8 or NIL');
  refuses('SETMETADATA INBOX (/private/a ~"x")', 'literal8');
  refuses('SETMETADATA INBOX (/private/a {1}\r\n\0)', 'literal without NUL');
  refuses('SETMETADATA INBOX (/private "x")', 'name of an entry');
  refuses('SETMETADATA INBOX (/private/a "x") ', 'end of command');
});
