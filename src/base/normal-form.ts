/** More marks than any script puts on one letter; in a longer run they are put in order this many at a time. */
const runMax = 200;

const mark = /^\p{M}$/u;

/**
 * The text in a normal form of Unicode, in a time that grows with its length: marks behind one letter are put in order, and a
 * stranger's 60,000 of them would take a second. The Stream-Safe Text Format of Unicode allows 30.
 */
export function normalForm(text: string, form: 'NFC' | 'NFKC' | 'NFKD'): string {
  if (text.length < runMax || !hasLongRun(text)) return text.normalize(form);
  const pieces = text.match(/\P{M}*\p{M}{0,200}/gu) ?? [];
  return pieces.map((piece) => piece.normalize(form)).join('');
}

/** A long run has one of its marks at one of these places. */
function hasLongRun(text: string): boolean {
  for (let at = runMax - 1; at < text.length; at += runMax) {
    let first = at;
    while (first > at - runMax && isMark(text, first)) first--;
    if (first === at) continue;
    let end = at + 1;
    while (end - first <= runMax && isMark(text, end)) end++;
    if (end - first > runMax) return true;
  }
  return false;
}

/** Whether this code unit is a mark or a half of one. */
function isMark(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  // Most text has none.
  if (!(unit >= 0x300)) return false;
  const isSecond = unit >= 0xdc00 && unit <= 0xdfff;
  const point = text.codePointAt(isSecond ? at - 1 : at) ?? 0;
  return mark.test(String.fromCodePoint(point));
}
