import { test } from 'node:test';
import { parses, refuses } from '../../../test/support/command-arguments.ts';

const comment = { mailbox: 'INBOX', entries: ['/private/comment'], depth: 0 };

test('an entry, and several', () => {
  parses('GETMETADATA inbox /private/comment', comment);
  parses('GETMETADATA "INBOX" ("/private/comment")', comment);
  parses('GETMETADATA "" ({15}\r\n/shared/comment /shared/admin)', {
    mailbox: '',
    entries: ['/shared/comment', '/shared/admin'],
    depth: 0,
  });
  parses('GETMETADATA a /private/b /private/c', {
    mailbox: 'a',
    entries: ['/private/b', '/private/c'],
    depth: 0,
  });
  parses('GETMETADATA "*" /private/comment', { ...comment, mailbox: '*' });
});

test('options before the mailbox, or behind it', () => {
  for (const command of [
    'GETMETADATA (MAXSIZE 1024 depth Infinity) INBOX /private',
    'GETMETADATA INBOX (depth infinity MAXSIZE 1024) /private',
    'GETMETADATA INBOX (DEPTH INFINITY MAXSIZE 1024) (/private)',
  ])
    parses(command, { mailbox: 'INBOX', entries: ['/private'], depth: Infinity, bytesMax: 1024 });
  parses('GETMETADATA (DEPTH 0) INBOX /private/comment', comment);
  parses('GETMETADATA (DEPTH 1) INBOX /private/comment', { ...comment, depth: 1 });
  parses('GETMETADATA (DEPTH 1 DEPTH 0) INBOX /private/comment', comment);
});

test('what is malformed', () => {
  refuses('GETMETADATA INBOX', 'space at 19');
  refuses('GETMETADATA INBOX /private', 'name of an entry at 20');
  refuses('GETMETADATA INBOX "/private/*"', 'name of an entry at 20');
  refuses('GETMETADATA INBOX ()', 'getmetadata-option');
  refuses('GETMETADATA (DEPTH 10) INBOX /private', '0, 1 or infinity');
  refuses('GETMETADATA (DEPTH one) INBOX /private', '0, 1 or infinity');
  refuses('GETMETADATA (DEPTH 1) INBOX (MAXSIZE 1) /private', 'entry at 31');
  refuses('GETMETADATA INBOX (/private/a /private/b', '")"');
  refuses('GETMETADATA INBOX /private/a)', 'end of command');
});
