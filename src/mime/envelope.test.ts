import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Envelope } from '../model/envelope.ts';
import { readEnvelope } from './envelope.ts';
import { fieldValue, headerFields } from './header.ts';

function envelope(header: string): Envelope {
  const block = Buffer.from(header.replaceAll('\n', '\r\n'), 'latin1');
  return readEnvelope(block, headerFields(block));
}

describe('readEnvelope', () => {
  it('is NIL where a field is absent, empty where it is empty (RFC 9051 section 7.5.2)', () => {
    const { date, subject, inReplyTo, messageId, to } = envelope('Date:\nSubject: \nTo:\n\n');
    assert.deepEqual([date, subject, inReplyTo, messageId, to], ['', '', null, null, []]);
  });

  it('has From for an absent or empty Sender and Reply-To', () => {
    const { from, sender, replyTo } = envelope('From: a@b\nSender:\n\n');
    assert.deepEqual(from, [{ name: null, mailbox: 'a', host: 'b' }]);
    assert.equal(sender, from);
    assert.equal(replyTo, from);
    assert.deepEqual(envelope('Sender: x@y\n\n').from, []);
    assert.equal(envelope('From: a@b\nSender: x@y\n\n').sender[0]?.mailbox, 'x');
  });

  it('unfolds values; a subject has single blanks', () => {
    const found = envelope(
      'Message-ID: <a@b>\n <c@d>\nIn-Reply-To:\n\t<x>\nSubject: a  b\n\t c \nDate: Mon,\n  1\n\n',
    );
    assert.equal(found.messageId, '<a@b> <c@d>');
    assert.equal(found.inReplyTo, '\t<x>');
    assert.equal(found.subject, 'a b c');
    assert.equal(found.date, 'Mon,  1');
    assert.equal(envelope('Subject:\n =?utf-8?Q?long?=\n\n').subject, '=?utf-8?Q?long?=');
    assert.equal(envelope('Subject: \n \n\n').subject, '');
  });

  it('takes the last of repeated texts, and all repeated addresses', () => {
    const found = envelope('Subject: 1\nTo: a@b\nSubject: 2\nTo: c@d\n\n');
    assert.equal(found.subject, '2');
    assert.deepEqual(
      found.to.map((address) => address.mailbox),
      ['a', 'c'],
    );
  });

  it('keeps encoded words and 8-bit bytes as they are', () => {
    const found = envelope('Subject: =?utf-8?Q?a?= \xe4\nFrom: =?utf-8?Q?a?= <x@\xc3\xa4>\n\n');
    assert.equal(found.subject, '=?utf-8?Q?a?= \xe4');
    assert.deepEqual(found.from, [{ name: '=?utf-8?Q?a?=', mailbox: 'x', host: '\xc3\xa4' }]);
  });
});

describe('headerFields', () => {
  it('reads names, folding and mixed line ends up to the empty line', () => {
    const block = Buffer.from('A: 1\r\nb :2\n 3\r\nC:\r\n\tx\r\nno field\n\r\nD: 4\r\n');
    const fields = headerFields(block);
    assert.deepEqual(
      fields.map((field) => field.name),
      ['a', 'b', 'c', 'no field'],
    );
    assert.deepEqual(
      fields.map((field) => fieldValue(block, field)),
      ['1', '2 3', '\tx', ''],
    );
    assert.equal(fields.at(-1)?.end, block.indexOf('\r\nD'));
  });

  it('reads a last line without end, and nothing', () => {
    const block = Buffer.from('A: 1');
    assert.deepEqual(
      headerFields(block).map((field) => fieldValue(block, field)),
      ['1'],
    );
    assert.deepEqual(headerFields(Buffer.alloc(0)), []);
    assert.deepEqual(headerFields(Buffer.from('\n')), []);
  });
});
