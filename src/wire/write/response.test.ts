import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResponse } from '../../../test/support/response-parser.ts';
import { FlagSet, flag } from '../../model/flag.ts';
import { asMailboxId, asModSeq, asSequenceNumber, asUid, asUidValidity } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Response, ResponseCode } from '../../model/response.ts';
import { encode } from './response.ts';

/** The response has these bytes, and they keep to the grammar. */
function writes(response: Response, expected: string, utf8: boolean = false): void {
  const encoded = encode(response, { utf8 });
  assert.equal(encoded, `${expected}\r\n`);
  assert.ok(typeof encoded === 'string');
  parseResponse(encoded, { utf8 });
}

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

test('status responses', () => {
  writes({ kind: 'tagged', tag: 'a]', status: 'OK', text: 'done that' }, 'a] OK done that');
  writes({ kind: 'status', status: 'BYE', text: 'See you' }, '* BYE See you');
  writes(
    { kind: 'status', status: 'NO', code: { kind: 'ALERT' }, text: 'disk' },
    '* NO [ALERT] disk',
  );
  writes({ kind: 'continuation', text: '' }, '+ ');
  writes({ kind: 'continuation', text: 'Z28=' }, '+ Z28=');
});

test('text for humans is never empty, never ends the line, never looks like a code', () => {
  const says = (text: string, expected: string, utf8 = false): void =>
    writes({ kind: 'tagged', tag: 'a', status: 'BAD', text }, `a BAD ${expected}`, utf8);
  says('', 'done');
  says(' \r\n ', 'done');
  says('x\r\n* BYE y\0z', 'x * BYE y z');
  says('[ALERT] x', '(ALERT] x');
  says('grüße', 'gr?e');
  says('grüße', latin1('grüße'), true);
});

test('response codes', () => {
  const codes: readonly (readonly [ResponseCode, string])[] = [
    [{ kind: 'READ-WRITE' }, 'READ-WRITE'],
    [
      { kind: 'CAPABILITY', capabilities: ['IMAP4rev1', 'AUTH=PLAIN'] },
      'CAPABILITY IMAP4rev1 AUTH=PLAIN',
    ],
    [{ kind: 'BADCHARSET', charsets: ['US-ASCII', 'UTF-8'] }, 'BADCHARSET (US-ASCII UTF-8)'],
    [{ kind: 'BADCHARSET', charsets: [] }, 'BADCHARSET'],
    [
      { kind: 'PERMANENTFLAGS', flags: [flag('\\Seen'), flag('$Junk')], newKeywords: true },
      'PERMANENTFLAGS (\\Seen $Junk \\*)',
    ],
    [{ kind: 'PERMANENTFLAGS', flags: [], newKeywords: false }, 'PERMANENTFLAGS ()'],
    [{ kind: 'UIDNEXT', uid: asUid(4392) }, 'UIDNEXT 4392'],
    [{ kind: 'UIDVALIDITY', uidValidity: asUidValidity(7) }, 'UIDVALIDITY 7'],
    [{ kind: 'UNSEEN', sequence: asSequenceNumber(12) }, 'UNSEEN 12'],
    [
      {
        kind: 'APPENDUID',
        uidValidity: asUidValidity(38505),
        uids: NumberSet.of([asUid(3), asUid(4)]),
      },
      'APPENDUID 38505 3:4',
    ],
    [
      {
        kind: 'COPYUID',
        uidValidity: asUidValidity(38505),
        from: [304, 319, 320, 5].map(asUid),
        to: [3956, 3957, 3958, 4000].map(asUid),
      },
      'COPYUID 38505 304,319:320,5 3956:3958,4000',
    ],
    [{ kind: 'HIGHESTMODSEQ', modSeq: asModSeq(715194045007) }, 'HIGHESTMODSEQ 715194045007'],
    [{ kind: 'MODIFIED', set: NumberSet.of([7, 9]) }, 'MODIFIED 7,9'],
    [{ kind: 'MAILBOXID', id: asMailboxId('F2212ea87') }, 'MAILBOXID (F2212ea87)'],
  ];
  for (const [code, expected] of codes) {
    writes({ kind: 'tagged', tag: 'a', status: 'OK', code, text: 'x' }, `a OK [${expected}] x`);
  }
});

test('server and mailbox data', () => {
  writes(
    { kind: 'CAPABILITY', capabilities: ['IMAP4rev1', 'IDLE'] },
    '* CAPABILITY IMAP4rev1 IDLE',
  );
  writes({ kind: 'ENABLED', capabilities: [] }, '* ENABLED');
  writes({ kind: 'ENABLED', capabilities: ['CONDSTORE'] }, '* ENABLED CONDSTORE');
  writes({ kind: 'ID', fields: [['name', 'Re"st']] }, '* ID ("name" "Re\\"st")');
  writes({ kind: 'ID', fields: null }, '* ID NIL');
  const personal = [{ prefix: '' }];
  writes({ kind: 'NAMESPACE', personal, others: [], shared: [] }, '* NAMESPACE (("" "/")) NIL NIL');
  const others = [{ prefix: 'Other Users/' }];
  writes(
    { kind: 'NAMESPACE', personal, others, shared: [{ prefix: 'A/' }, { prefix: 'B/' }] },
    '* NAMESPACE (("" "/")) (("Other Users/" "/")) (("A/" "/")("B/" "/"))',
  );
  writes(
    { kind: 'FLAGS', flags: [flag('\\Seen'), flag('not an atom'), flag('work')] },
    '* FLAGS (\\Seen work)',
  );
  writes({ kind: 'EXISTS', count: 0 }, '* 0 EXISTS');
  writes({ kind: 'RECENT', count: 3 }, '* 3 RECENT');
  writes({ kind: 'EXPUNGE', sequence: asSequenceNumber(4) }, '* 4 EXPUNGE');
  writes(
    { kind: 'VANISHED', earlier: true, uids: NumberSet.of([1, 2, 3].map(asUid)) },
    '* VANISHED (EARLIER) 1:3',
  );
  writes({ kind: 'VANISHED', earlier: false, uids: NumberSet.of([9].map(asUid)) }, '* VANISHED 9');
});

test('SEARCH and ESEARCH', () => {
  writes({ kind: 'SEARCH', numbers: [] }, '* SEARCH');
  writes({ kind: 'SEARCH', numbers: [], modSeq: asModSeq(4) }, '* SEARCH');
  writes({ kind: 'SEARCH', numbers: [2, 5], modSeq: asModSeq(4) }, '* SEARCH 2 5 (MODSEQ 4)');
  writes({ kind: 'ESEARCH', tag: 'A"1', uid: false }, '* ESEARCH (TAG "A\\"1")');
  writes(
    {
      kind: 'ESEARCH',
      tag: 'A1',
      uid: true,
      min: 2,
      max: 9,
      count: 2,
      all: NumberSet.of([2, 9]),
      modSeq: asModSeq(7),
    },
    '* ESEARCH (TAG "A1") UID MIN 2 MAX 9 ALL 2,9 COUNT 2 MODSEQ 7',
  );
  writes(
    { kind: 'ESEARCH', tag: 'A1', uid: false, all: NumberSet.empty, count: 0 },
    '* ESEARCH (TAG "A1") COUNT 0',
  );
});

test('mailbox names in LIST and STATUS', () => {
  const lists = (name: string, expected: string, utf8 = false): void =>
    writes(
      { kind: 'LIST', attributes: [], mailbox: mailboxName(name) },
      `* LIST () "/" ${expected}`,
      utf8,
    );
  lists('inbox', 'INBOX');
  lists('', '""');
  lists('nil', '"nil"');
  lists('a b', '"a b"');
  lists('a"b\\c', '"a\\"b\\\\c"');
  lists('Entwürfe', '"Entw&APw-rfe"');
  lists('Entwürfe', `"${latin1('Entwürfe')}"`, true);
  lists('R&D', '"R&-D"');
  lists('R&D', '"R&D"', true);
  lists('a\r\nb', '"a&AA0ACg-b"');
  lists('a\r\nb', '{4}\r\na\r\nb', true);
  writes(
    {
      kind: 'LIST',
      attributes: ['\\HasChildren', '\\Sent'],
      mailbox: mailboxName('Sent'),
      childInfo: ['SUBSCRIBED'],
      oldName: mailboxName('Old one'),
    },
    '* LIST (\\HasChildren \\Sent) "/" Sent ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" ("Old one"))',
  );
  writes(
    { kind: 'LSUB', attributes: ['\\Noselect'], mailbox: mailboxName('x') },
    '* LSUB (\\Noselect) "/" x',
  );
  writes(
    {
      kind: 'STATUS',
      mailbox: mailboxName('x'),
      items: [
        { item: 'MESSAGES', value: 3 },
        { item: 'MAILBOXID', value: asMailboxId('m-1') },
      ],
    },
    '* STATUS x (MESSAGES 3 MAILBOXID (m-1))',
  );
});

test('a word that is none is a bug of ours and goes nowhere', () => {
  const wrong: readonly Response[] = [
    { kind: 'tagged', tag: 'a\r\nb', status: 'OK', text: 'x' },
    { kind: 'CAPABILITY', capabilities: ['x y'] },
    { kind: 'VANISHED', earlier: false, uids: NumberSet.empty },
  ];
  for (const response of wrong)
    assert.throws(() => encode(response, { utf8: true }), /broken promise/);
});

test('100,000 lines of UID and FLAGS take milliseconds', (t) => {
  const sets = [
    FlagSet.none,
    new FlagSet([flag('\\Seen')]),
    new FlagSet([flag('\\Seen'), flag('\\Answered'), flag('work')]),
  ];
  const build = (): number => {
    let text = '';
    for (let i = 1; i <= 100_000; i++) {
      const encoded = encode(
        {
          kind: 'FETCH',
          sequence: asSequenceNumber(i),
          items: [
            { kind: 'UID', uid: asUid(i) },
            { kind: 'FLAGS', flags: sets[i % 3]!, recent: i % 50 === 0 },
          ],
        },
        { utf8: false },
      );
      if (typeof encoded === 'string') text += encoded;
    }
    return text.length;
  };
  build();
  const began = performance.now();
  assert.ok(build() > 3_000_000);
  t.diagnostic(`${(performance.now() - began).toFixed(1)} ms`);
});
