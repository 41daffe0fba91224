import { test } from 'node:test';
import { NumberSet } from '../../model/number-set.ts';
import { parses, refuses } from '../../../test/support/command-arguments.ts';

test('SELECT and its parameters', () => {
  parses('SELECT inbox', { mailbox: 'INBOX', condstore: false });
  parses('EXAMINE "Inbox/a b/" (CONDSTORE)', { mailbox: 'INBOX/a b', condstore: true });
  parses('SELECT x (QRESYNC (67890007 90060115194045000 41,43:211 (1:3 4,6:7)) CONDSTORE)', {
    mailbox: 'x',
    condstore: true,
    qresync: {
      uidValidity: 67890007,
      modSeq: 9007199254740991,
      knownUids: NumberSet.ofRanges([
        { first: 41, last: 41 },
        { first: 43, last: 211 },
      ]),
      sequenceMatch: { sequences: NumberSet.of([1, 2, 3]), uids: NumberSet.of([4, 6, 7]) },
    },
  });
  parses('SELECT x (QRESYNC (1 2 (1 2)))', {
    mailbox: 'x',
    condstore: false,
    qresync: {
      uidValidity: 1,
      modSeq: 2,
      sequenceMatch: { sequences: NumberSet.of([1]), uids: NumberSet.of([2]) },
    },
  });
  refuses('SELECT x ()', 'select-param');
  refuses('SELECT x (QRESYNC)', 'space');
  refuses('SELECT x (QRESYNC (0 1))', 'nz-number');
  refuses('SELECT x (QRESYNC (1 0))', 'mod-sequence-value');
  refuses('SELECT x (QRESYNC (1 9223372036854775808))', 'mod-sequence-value');
  refuses('SELECT x (QRESYNC (1 1 1:*))', 'known-uids without *');
  refuses('SELECT x (QRESYNC (1 1 $))', 'known-uids');
  refuses('SELECT x (QRESYNC (1 1 1 (1:2 3)))', 'sets of one length');
  refuses('SELECT x (QRESYNC (1 1 1 (2,1 3:4)))', 'ascending order');
  refuses('SELECT x (QRESYNC (1 1) QRESYNC (1 1))', 'select-param');
});

test('mailbox names are decoded by the session, not by their look', () => {
  parses('DELETE Entw&APw-rfe', { mailbox: 'Entwürfe' });
  parses('DELETE Entw&APw-rfe', { mailbox: 'Entw&APw-rfe' }, { utf8: true });
  parses('DELETE "R&D"', { mailbox: 'R&D' }, { utf8: true });
  refuses('DELETE "R&D"', 'modified UTF-7', { status: 'NO' });
  parses('DELETE "Entwürfe"', { mailbox: 'Entwürfe' });
  parses('SUBSCRIBE a/b/'.replace('SUBSCRIBE', 'DELETE'), { mailbox: 'a/b' });
  parses('RENAME a {3}\r\nb c', { from: 'a', to: 'b c' });
  refuses('RENAME a', 'space');
});

test('CREATE', () => {
  parses('CREATE a/', { mailbox: 'a', specialUses: [] });
  parses('CREATE a (USE (\\Drafts \\sent))', { mailbox: 'a', specialUses: ['\\Drafts', '\\sent'] });
  parses('CREATE a (USE ())', { mailbox: 'a', specialUses: [] });
  refuses('CREATE a (USE \\Sent)', '"("');
  refuses('CREATE a (X 1)', 'create-param');
});
