/**
 * FETCH responses of many messages at once, written as bytes: what a client asks of 100,000 messages whenever it comes
 * back. Ugly for speed, here and nowhere else: neither strings nor closures, no object for a message
 * (docs/decisions/0013-ready-texts.md).
 */
import type { FlagSet } from '../../model/flag.ts';
import type { FetchColumn, FetchRunResponse } from '../../model/response.ts';
import { flagSet } from './flags.ts';

/** More than a response takes without its flags: numbers of 16 digits and the words around them. */
const besideFlags = 160;
/** Room that stays for the next run; what has longer flags takes some of its own. */
const roomBytes = 256 * 1024;

let room: Uint8Array | undefined;

/** A column, with the words before it: `numbers` behind them, or `texts` that begin with them. */
interface Ready {
  readonly before: Uint8Array;
  readonly numbers: Float64Array;
  readonly texts: readonly Uint8Array[];
}

/** The bytes of all these responses, in memory that is written over by the next call. */
export function fetchRun({ sequence, count, columns }: FetchRunResponse): Uint8Array {
  const { ready, end } = prepared(columns);
  const bytes = roomFor(ready, count);
  let at = put(bytes, 0, begin);
  for (let index = 0; index < count; index++) {
    at = digits(bytes, at, sequence + index);
    for (let place = 0; place < ready.length; place++) {
      const { before, numbers, texts } = ready[place]!;
      if (texts.length > 0) at = put(bytes, at, texts[index]!);
      else at = digits(bytes, put(bytes, at, before), numbers[index]!);
    }
    at = put(bytes, at, end);
  }
  return bytes.subarray(0, at - begin.length);
}

function roomFor(columns: readonly Ready[], count: number): Uint8Array {
  let most = count * besideFlags;
  for (const { texts } of columns) for (const text of texts) most += text.length;
  if (most > roomBytes) return new Uint8Array(most);
  return (room ??= new Uint8Array(roomBytes));
}

const begin = latin1('* ');
const noNumbers = new Float64Array(0);

/** Every copy has its price, so what stands between two numbers is copied at once; the end is that of a message and the beginning of the next one. */
function prepared(columns: readonly FetchColumn[]): { ready: Ready[]; end: Uint8Array } {
  const ready: Ready[] = [];
  let words = ' FETCH (';
  for (const column of columns) {
    words += `${column.kind} ${column.kind === 'MODSEQ' ? '(' : ''}`;
    const before = latin1(words);
    if (column.kind === 'FLAGS')
      ready.push({ before, numbers: noNumbers, texts: flagTexts(words, column) });
    else ready.push({ before, numbers: column.values, texts: [] });
    words = column.kind === 'MODSEQ' ? ') ' : ' ';
  }
  return { ready, end: latin1(`${words.slice(0, -1)})\r\n* `) };
}

/** Most messages of a run share a few sets. */
function flagTexts(
  words: string,
  { values, recent }: Extract<FetchColumn, { kind: 'FLAGS' }>,
): Uint8Array[] {
  const plain = new Map<FlagSet, Uint8Array>();
  const others = new Map<FlagSet, Uint8Array>();
  const texts: Uint8Array[] = [];
  for (let index = 0; index < values.length; index++) {
    const set = values[index]!;
    const isRecent = recent !== undefined && recent[index] === 1;
    const known = isRecent ? others : plain;
    let text = known.get(set);
    if (text === undefined) known.set(set, (text = latin1(words + flagSet(set, isRecent))));
    texts.push(text);
  }
  return texts;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/** Copies behind a place; the place behind that. For a few bytes quicker than `set`. */
function put(bytes: Uint8Array, from: number, text: Uint8Array): number {
  let at = from;
  for (let index = 0; index < text.length; index++) bytes[at++] = text[index]!;
  return at;
}

/** Writes a number in decimal behind a place; the place behind that. */
function digits(bytes: Uint8Array, from: number, value: number): number {
  if (value > 999_999_999) return put(bytes, from, latin1(String(value)));
  let left = value | 0;
  let end = from + 1;
  if (left > 9999) {
    end =
      from +
      (left > 9_999_999 ? (left > 99_999_999 ? 9 : 8) : left > 999_999 ? 7 : left > 99_999 ? 6 : 5);
  } else if (left > 9) end = from + (left > 999 ? 4 : left > 99 ? 3 : 2);
  for (let at = end - 1; at >= from; at--) {
    const rest = (left / 10) | 0;
    bytes[at] = 48 + left - rest * 10;
    left = rest;
  }
  return end;
}
