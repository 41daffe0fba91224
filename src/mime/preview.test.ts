import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultLimits } from '../base/limits.ts';
import { MessageIndexer } from './indexer.ts';

function preview(message: string, step = 50_000): string {
  const bytes = Buffer.from(message.replaceAll('\n', '\r\n'), 'utf8');
  const indexer = new MessageIndexer(defaultLimits);
  for (let at = 0; at < bytes.length; at += step) indexer.write(bytes.subarray(at, at + step));
  return indexer.end().preview;
}

const alternative = (plain: string, html: string): string =>
  `Content-Type: multipart/alternative; boundary=b\n\n--b\n\n${plain}\n--b\nContent-Type: text/html\n\n${html}\n--b--\n`;

describe('preview', () => {
  it('is the first text, decoded, with white space folded', () => {
    const head =
      'Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n';
    assert.equal(preview(`${head}  Gr=FC=\n=DFe,\n\n\t Welt \n`), 'Grüße, Welt');
  });

  it('is at most 200 characters, none of them halved (RFC 8970 section 3.3)', () => {
    assert.equal(preview(`\n${'🦀'.repeat(300)}`), '🦀'.repeat(200));
    assert.equal(preview(`\n${'word '.repeat(5000)}`), 'word '.repeat(40).trim());
    assert.equal(preview(`\n${' '.repeat(5000)}late`), 'late');
  });

  it('prefers plain text, and takes HTML where that is blank', () => {
    assert.equal(preview(alternative('plain', '<p>html')), 'plain');
    assert.equal(
      preview(alternative(' ', '<style>p{}</style><p>h<b>t</b>ml&nbsp;&zwnj; &auml;')),
      'html ä',
    );
    assert.equal(preview(alternative('', `<head>${' '.repeat(9000)}</head><p>late`)), 'late');
  });

  it('is not taken from attachments, images or enclosed messages', () => {
    assert.equal(preview('Content-Disposition: attachment\n\nx\n'), '');
    assert.equal(preview('Content-Type: image/png\n\nx\n'), '');
    assert.equal(preview('Content-Type: message/rfc822\n\nSubject: x\n\ny\n'), '');
  });

  it('is the same however the message is cut, and ends where the part ends', () => {
    const message = alternative('one\n\n--\ntwo', '<p>three');
    for (const step of [1, 2, 3, 7, 1000]) assert.equal(preview(message, step), 'one -- two');
  });
});
