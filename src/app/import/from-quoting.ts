/**
 * How an mbox file kept lines of a message that begin with `From ` from looking like separators:
 * `one` has a `>` before `From ` (mboxo, mboxcl), `all` one more before any `>…>From ` (mboxrd),
 * `none` has not touched them (mboxcl2).
 */
export type FromQuoting = 'none' | 'one' | 'all';

const LF = 0x0a;
const quote = 0x3e;
const from = Buffer.from('From ');
/** What may become a quoted line when more bytes come. */
const beginning = /^>*(?:>F(?:r(?:o(?:m)?)?)?)?$/;
/** A line of more `>` than this is no quoted line. */
const quotesMax = 200;

/** Takes the quoting away again. */
export async function* unquoteFrom(
  source: AsyncIterable<Buffer>,
  quoting: FromQuoting,
): AsyncGenerator<Buffer, void, void> {
  if (quoting === 'none') {
    yield* source;
    return;
  }
  let lineStart = true;
  let carried: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    const keep = undecided(bytes, lineStart);
    const ready = bytes.subarray(0, bytes.length - keep);
    carried = bytes.subarray(bytes.length - keep);
    yield* unquoted(ready, { quoting, lineStart });
    if (ready.length > 0) lineStart = ready[ready.length - 1] === LF;
  }
  if (carried.length > 0) yield carried;
}

/** How many bytes at the end begin a line that may turn out to be quoted. */
function undecided(bytes: Buffer, lineStart: boolean): number {
  const end = bytes.lastIndexOf(LF);
  if (end < 0 && !lineStart) return 0;
  const line = bytes.subarray(end + 1);
  const maybe = line.length <= quotesMax && beginning.test(line.toString('latin1'));
  return maybe ? line.length : 0;
}

function* unquoted(
  bytes: Buffer,
  { quoting, lineStart }: { quoting: 'one' | 'all'; lineStart: boolean },
): Generator<Buffer, void, void> {
  let done = 0;
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) {
    let start = at;
    while (start > done && bytes[start - 1] === quote) start -= 1;
    const depth = at - start;
    const begins = start === 0 ? lineStart : bytes[start - 1] === LF;
    if (!begins || depth === 0 || (quoting === 'one' && depth > 1)) continue;
    yield bytes.subarray(done, start);
    done = start + 1;
  }
  yield bytes.subarray(done);
}
