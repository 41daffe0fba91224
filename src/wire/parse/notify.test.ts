import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { Refusal } from '../../model/refusal.ts';
import { Cursor } from '../cursor.ts';
import { parseNotify } from './notify.ts';

function parse(text: string): ReturnType<typeof parseNotify> {
  return parseNotify(
    new Cursor(Buffer.from(text), { position: 0, utf8: false, limits: defaultLimits }),
  );
}

function refused(text: string): Refusal {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return error;
  }
  return assert.fail(`${text} was accepted`);
}

test('NONE, and groups of both kinds', () => {
  assert.deepEqual(parse(' NONE'), { kind: 'NONE' });
  assert.deepEqual(
    parse(
      ' set status (selected (MessageNew (uid flags) messageexpunge)) (subtree (A B/C) (MailboxName)) (personal NONE)',
    ),
    {
      kind: 'SET',
      status: true,
      selected: {
        delayed: false,
        messageNew: [{ kind: 'UID' }, { kind: 'FLAGS' }],
        flagChange: false,
      },
      groups: [
        { filter: { kind: 'SUBTREE', names: ['A', 'B/C'] }, events: new Set(['MailboxName']) },
        { filter: { kind: 'PERSONAL' }, events: new Set() },
      ],
    },
  );
});

test('the form of the examples, without the inner parentheses', () => {
  assert.deepEqual(parse(' SET (selected-delayed MessageNew (UID) MessageExpunge FlagChange)'), {
    kind: 'SET',
    status: false,
    selected: { delayed: true, messageNew: [{ kind: 'UID' }], flagChange: true },
    groups: [],
  });
});

test('SELECTED NONE is a group without events', () => {
  assert.deepEqual(parse(' SET (selected NONE)'), {
    kind: 'SET',
    status: false,
    selected: { delayed: false, messageNew: undefined, flagChange: false },
    groups: [],
  });
});

test('events that only come together', () => {
  for (const events of [
    '(MessageNew)',
    '(MessageExpunge)',
    '(FlagChange)',
    '(FlagChange MessageNew)',
  ])
    assert.equal(refused(` SET (personal ${events})`).status, 'BAD', events);
});

test('what is for the selected mailbox, and what is not', () => {
  assert.equal(refused(' SET (selected (MailboxName))').status, 'BAD');
  assert.equal(refused(' SET (selected NONE) (selected-delayed NONE)').status, 'BAD');
  assert.equal(refused(' SET (inboxes (MessageNew (UID) MessageExpunge))').status, 'BAD');
});

test('an event that is not known is NO with those that are; a broken command stays BAD', () => {
  const refusal = refused(' SET (personal (MessageNew MessageExpunge AnnotationChange))');
  assert.equal(refusal.status, 'NO');
  assert.deepEqual(refusal.code, {
    kind: 'BADEVENT',
    events: [
      'MessageNew',
      'MessageExpunge',
      'FlagChange',
      'MailboxName',
      'SubscriptionChange',
      'MailboxMetadataChange',
      'ServerMetadataChange',
    ],
  });
  assert.equal(refused(' SET (personal (Nonsense)').status, 'BAD');
  assert.equal(refused(' SET').status, 'BAD');
  assert.equal(refused(' SET (mailboxes (MessageNew MessageExpunge))').status, 'BAD');
});
