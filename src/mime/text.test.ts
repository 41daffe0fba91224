import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defaultLimits } from '../base/limits.ts';
import { foldText, TextFinder } from './fold.ts';
import { HtmlText } from './html.ts';
import { MessageIndexer } from './indexer.ts';
import { messageText } from './text.ts';
import type { TextPiece } from './text.ts';

async function pieces(
  text: string,
  options: { headers: boolean; body: boolean },
  step = 7,
): Promise<TextPiece[]> {
  const message = Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
  const indexer = new MessageIndexer(defaultLimits);
  indexer.write(message);
  const content = {
    async *read(from: number, to: number): AsyncGenerator<Uint8Array> {
      for (let at = from; at < to; at += step) yield message.subarray(at, Math.min(at + step, to));
    },
  };
  const found: TextPiece[] = [];
  for await (const piece of messageText(content, indexer.end().structure, options))
    found.push(piece);
  return found;
}

function units(found: readonly TextPiece[]): string[] {
  const texts = new Map<number, string>();
  for (const { unit, text } of found) texts.set(unit, (texts.get(unit) ?? '') + text);
  return [...texts.values()];
}

const message = `Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
To: x@y
Content-Type: multipart/mixed; boundary=b

preamble
--b
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<style>p { color: red }</style><p title=3D"tip">W<b>o</b>rt&auml;=
 =E4</p>
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*0*=utf-8''M%C3%A4r; filename*1=z.txt

hidden
--b
Content-Type: message/rfc822

Subject: inner

dGV4dA==
--b--
`;

describe('messageText', () => {
  it('decodes the text parts; HTML as its source and as what is seen', async () => {
    const body = await pieces(message, { headers: false, body: true });
    assert.deepEqual(
      units(body).map((text) => text.trim()),
      [
        '<style>p { color: red }</style><p title="tip">W<b>o</b>rt&auml; ä</p>',
        'Wortä ä',
        'dGV4dA==',
      ],
    );
    assert.ok(body.every((piece) => piece.kind === 'body'));
  });

  it('decodes headers, of parts and enclosed messages too, and encoded file names', async () => {
    const headers = await pieces(message, { headers: true, body: false });
    assert.deepEqual(
      headers.filter((piece) => piece.kind === 'header').map((piece) => piece.text),
      ['subject: Grüße', 'to: x@y', 'content-type: multipart/mixed; boundary=b'],
    );
    const others = headers
      .filter((piece) => piece.kind === 'part header')
      .map((piece) => piece.text);
    assert.ok(others.includes('März.txt'));
    assert.ok(others.includes('subject: inner'));
    assert.equal(new Set(headers.map((piece) => piece.unit)).size, headers.length);
  });

  it('gives the same however the bytes come', async () => {
    const options = { headers: true, body: true };
    assert.deepEqual(
      units(await pieces(message, options, 1)),
      units(await pieces(message, options, 10_000)),
    );
  });
});

describe('TextFinder', () => {
  it('finds what goes over pieces, but not over units', () => {
    const finder = new TextFinder('straße 1');
    assert.equal(finder.write(1, 'xx STRAS'), false);
    assert.equal(finder.write(2, 'se 1'), false);
    assert.equal(finder.write(1, 'SE\r\n'), false);
    assert.equal(finder.write(1, '  1'), true);
    const blanks = new TextFinder('a b');
    assert.equal(blanks.write(1, 'a '), false);
    assert.equal(blanks.write(1, '\u200b b'), true);
  });

  it('finds a text however it is cut', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'B', 'ß', 'é', ' ', '\n', 'İ'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        word,
        word.filter((text) => foldText(text).trim() !== ''),
        (text, needle) => {
          const whole = new TextFinder(needle).write(0, text);
          const cut = new TextFinder(needle);
          let found = false;
          for (const char of text) found = cut.write(0, char) || found;
          assert.equal(found, whole);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('foldText', () => {
  it('makes case and composition alike, and keeps diacritics', () => {
    assert.equal(foldText('Grüße'), foldText('GRU\u0308SSE'));
    assert.equal(foldText('ﬁ Ǆ ſ'), foldText('FI dž s'));
    assert.notEqual(foldText('e'), foldText('é'));
    assert.equal(foldText('Aa\0'), 'AA\0');
  });
});

describe('HtmlText', () => {
  const visible = (html: string, step = html.length || 1): string => {
    const reader = new HtmlText();
    let text = '';
    for (let at = 0; at < html.length; at += step) text += reader.write(html.slice(at, at + step));
    return (text + reader.end()).replaceAll(/\s+/g, ' ').trim();
  };

  it('shows what a reader sees', () => {
    assert.equal(
      visible('<html><head><title>t</title></head><body>a<br>b<!-- c > --><i>d</i></body>'),
      'a bd',
    );
    assert.equal(
      visible(
        '1 < 2 &amp;&lt;b&gt; &#x20AC;&#228;&eacute;&nope; <script>if (a<b) "</p>"</script>x',
      ),
      '1 < 2 &<b> €äé&nope; x',
    );
    assert.equal(visible('a <b'), 'a');
    assert.equal(visible('&amp'), '&');
  });

  it('gives the same however it is cut', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      'p',
      '<b>',
      '</b>',
      '<style>',
      '</style>',
      '<!--',
      '-->',
      '&',
      'amp;',
      '&#6',
      '5;',
      ' ',
      '"',
      'text',
      '/',
      '!',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        (parts, step) => {
          const html = parts.join('');
          assert.equal(visible(html, step), visible(html));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
