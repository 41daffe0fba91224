import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RawText } from '../model/raw-text.ts';
import { charsetDecoder, charsetDecoderOrGuess, decodeCharset } from './charset.ts';
import { decodeParameter, decodeWords } from './encoded-word.ts';

function decodes(raw: string, text: string): void {
  assert.equal(decodeWords(raw as RawText), text);
}

describe('decodeWords', () => {
  it('decodes the examples of RFC 2047 section 8', () => {
    decodes('(=?ISO-8859-1?Q?a?=)', '(a)');
    decodes('(=?ISO-8859-1?Q?a?= b)', '(a b)');
    decodes('(=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=)', '(ab)');
    decodes('(=?ISO-8859-1?Q?a_b?=)', '(a b)');
    decodes('(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)');
    decodes('=?ISO-8859-1?Q?Andr=E9?= Pirard', 'André Pirard');
  });

  it('makes characters whole that were split over words', () => {
    decodes('=?utf-8?Q?Gr=C3?= =?UTF-8?B?vMOfZQ==?=', 'Grüße');
    decodes('=?utf-8?B?8J8=?= =?utf-8?B?poA=?=', '🦀');
    decodes(
      '=?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?=  =?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?=',
      'テストテスト',
    );
  });

  it('knows languages, old and strange charsets', () => {
    decodes('=?iso-8859-2*sl?Q?Doma=e8e?=', 'Domače');
    decodes('=?cp-850?Q?=84?= =?x-cp1251?Q?=c4?= =?iso-8859-8-i?Q?=e0?=', 'äДא');
    decodes('=?unicode-1-1-utf-7?Q?+AOQ-?=', 'ä');
    decodes('=?cp437?Q?=81?=', 'ü');
    decodes('=?eucgb2312_cn?b?xOO6ww==?= =?big5_tw?b?pKSk5Q==?=', '你好中文');
  });

  it('leaves what it cannot decode as it is', () => {
    decodes('=?no-such?Q?=e4?= x', '=?no-such?Q?=e4?= x');
    decodes('=?utf-8?X?abc?= =?utf-8?Q?open', '=?utf-8?X?abc?= =?utf-8?Q?open');
    decodes('a = b ?= c', 'a = b ?= c');
  });

  it('takes bytes outside of words for UTF-8, else Windows-1252', () => {
    decodes('caf\xc3\xa9 =?utf-8?Q?=E2=82=AC?=', 'café €');
    decodes('caf\xe9 \x80', 'café €');
    decodes('Gr\xc3\xbc\xc3\x9fe, cut at M\xc3', 'Grüße, cut at MÃ');
  });
});

describe('decodeParameter', () => {
  it('decodes RFC 2231 values and encoded words', () => {
    assert.equal(
      decodeParameter('name*' as RawText, "iso-8859-1'de'M%E4rz%20.txt" as RawText),
      'März .txt',
    );
    assert.equal(decodeParameter('name*' as RawText, "nope''%E4" as RawText), "nope''%E4");
    assert.equal(decodeParameter('name' as RawText, '=?utf-8?Q?M=C3=A4rz?=' as RawText), 'März');
  });
});

describe('charsets', () => {
  it('decodes text cut anywhere', () => {
    for (const [charset, base64, text] of [
      ['utf-8', 'w6Tigqzwn6aA', 'ä€🦀'],
      ['shift_jis', 'g2WDWINn', 'テスト'],
      ['utf-7', 'K0FPUS0=', 'ä'],
      ['cp850', 'hA==', 'ä'],
      ['us-ascii', 'Y2Fmw6k=', 'café'],
    ] as const) {
      const decoder = charsetDecoder(charset)!;
      let out = '';
      for (const byte of Buffer.from(base64, 'base64')) out += decoder.write(Buffer.of(byte));
      assert.equal(
        out + decoder.end(),
        charset === 'utf-8' ? Buffer.from(base64, 'base64').toString() : text,
      );
    }
  });

  it('guesses the same however text is cut, and loses no byte', () => {
    const guessed = (bytes: Buffer, step: number): string => {
      const decoder = charsetDecoderOrGuess(undefined);
      let text = '';
      for (let at = 0; at < bytes.length; at += step)
        text += decoder.write(bytes.subarray(at, at + step));
      return text + decoder.end();
    };
    for (const [raw, text] of [
      ['un caf\xe9', 'un café'],
      ['caf\xe9 noir', 'café noir'],
      ['\xc3\xbc\xf0\x9f\xa6\x80 caf\xe9 \xc3\xbc', 'ü🦀 café Ã¼'],
      ['\xe2\x82', 'â‚'],
      ['\xed\xa0\x80', 'í\u00a0€'],
      ['\xc0\xaf\xff', 'À¯ÿ'],
    ] as const) {
      const bytes = Buffer.from(raw, 'latin1');
      for (const step of [1, 2, 3, 4, bytes.length]) assert.equal(guessed(bytes, step), text);
    }
  });

  it('knows which labels are no charsets', () => {
    for (const label of ['no-such', 'base64', 'hex', 'iso-8859-99', '\0', 'utf-8; x']) {
      assert.equal(charsetDecoder(label), undefined, label);
      assert.equal(charsetDecoderOrGuess(label).write(Buffer.from('x')), 'x');
    }
    assert.equal(decodeCharset(Buffer.from([0xff, 0xfe]), 'utf-8'), '\ufffd\ufffd');
  });
});
