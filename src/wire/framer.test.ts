import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Framer, type FramerEvent, type LiteralEvent } from './framer.ts';

type Decision = 'buffer' | 'stream' | 'discard';
type Decide = (event: LiteralEvent) => Decision;

const limits = { lineBytesMax: 64, literalBytesMax: 32 };

/**
 * Events as text; slices of one streamed literal joined, since where they are cut means nothing. Memory that is given up
 * is written over at once, and commands and lines are looked at once more at the end.
 */
function frame(
  input: string,
  options: {
    cuts?: readonly number[];
    decide?: Decide;
    late?: boolean;
    limits?: typeof limits;
  } = {},
): string[] {
  const bytes = Buffer.from(input, 'latin1');
  const framer = new Framer(options.limits ?? limits);
  const seen: string[] = [];
  const kept: [bytes: Uint8Array, text: string][] = [];
  let streamed = '';
  const note = (event: FramerEvent): void => {
    const text = 'bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '';
    if (event.kind === 'command' || event.kind === 'line') kept.push([event.bytes, text]);
    if (event.kind === 'literal-bytes') {
      streamed += text;
      event.spent?.fill(0x21);
    } else if (event.kind === 'literal-end') {
      seen.push(`streamed ${streamed}`);
      streamed = '';
    } else if (event.kind === 'literal') {
      const { size, synchronizing, binary } = event;
      seen.push(
        `literal ${Buffer.from(event.bytesSoFar).toString('latin1')}|${size}${synchronizing ? '' : '+'}${binary ? '~' : ''}`,
      );
      framer[(options.decide ?? (() => 'buffer'))(event)]();
    } else if (event.kind === 'refused') seen.push(`refused ${event.reason}: ${text}`);
    else seen.push(`${event.kind} ${text}`);
  };
  const cuts = [
    ...new Set([...(options.cuts ?? []).map((cut) => cut % (bytes.length + 1)), 0, bytes.length]),
  ].sort((a, b) => a - b);
  for (let i = 1; i < cuts.length; i++) {
    framer.push(Uint8Array.from(bytes.subarray(cuts[i - 1], cuts[i])));
    if (options.late === true && i < cuts.length - 1) continue;
    for (let event = framer.next(); event !== undefined; event = framer.next()) note(event);
  }
  for (const [view, text] of kept) assert.equal(Buffer.from(view).toString('latin1'), text);
  seen.push(`left ${framer.buffered}`);
  return seen;
}

test('lines become commands; empty lines and bare LF are tolerated', () => {
  assert.deepEqual(frame('a NOOP\r\nb NOOP\n\r\n\nc x\ry\r\nd'), [
    'command a NOOP',
    'command b NOOP',
    'command c x\ry',
    'left 1',
  ]);
});

test('buffered literals stay in their place', () => {
  assert.deepEqual(frame('a LOGIN {3}\r\nb\r\n {3+}\r\nxyz\r\nb NOOP\r\n'), [
    'literal a LOGIN {3}\r\n|3',
    'literal a LOGIN {3}\r\nb\r\n {3+}\r\n|3+',
    'command a LOGIN {3}\r\nb\r\n {3+}\r\nxyz',
    'command b NOOP',
    'left 0',
  ]);
});

test('what only looks like a literal announces nothing', () => {
  for (const line of [
    'a {3} ',
    'a {}',
    'a {3',
    'a 3}',
    'a {+}',
    'a {3-}',
    'a {-3}',
    'a {3+ }',
    'a {3++}',
    '}',
    '{',
    '3+}',
  ]) {
    assert.deepEqual(frame(`${line}\r\n`), [`command ${line}`, 'left 0']);
  }
});

test('an empty literal, a binary one, one in the first line', () => {
  assert.deepEqual(frame('a {0}\r\n\r\n~{2+}\r\n\0\n\r\n'), [
    'literal a {0}\r\n|0',
    'command a {0}\r\n',
    'literal ~{2+}\r\n|2+~',
    'command ~{2+}\r\n\0\n',
    'left 0',
  ]);
});

test('a streamed literal parts the command; an empty rest is reported', () => {
  assert.deepEqual(frame('a APPEND x {5+}\r\n12345\r\nb NOOP\r\n', { decide: () => 'stream' }), [
    'literal a APPEND x {5+}\r\n|5+',
    'streamed 12345',
    'command ',
    'command b NOOP',
    'left 0',
  ]);
  assert.deepEqual(
    frame('a APPEND x {5+}\r\n12345 (\\Seen) {0+}\r\n)\r\n', { decide: () => 'stream' }),
    [
      'literal a APPEND x {5+}\r\n|5+',
      'streamed 12345',
      'literal  (\\Seen) {0+}\r\n|0+',
      'streamed ',
      'command )',
      'left 0',
    ],
  );
});

test('a discarded command goes with all its non-synchronizing literals', () => {
  const decide: Decide = () => 'discard';
  assert.deepEqual(frame('a X {5+}\r\nb X\r\n y {3+}\r\n\r\n\n z\r\nc NOOP\r\n', { decide }), [
    'literal a X {5+}\r\n|5+',
    'discarded a X {5+}\r\n',
    'command c NOOP',
    'left 0',
  ]);
  // The client of a refused synchronizing literal goes on with its next command.
  assert.deepEqual(frame('a X {5}\r\nb NOOP\r\n', { decide }), [
    'literal a X {5}\r\n|5',
    'discarded a X {5}\r\n',
    'command b NOOP',
    'left 0',
  ]);
  assert.deepEqual(frame('a X {2+}\r\n12 {5}\r\nb NOOP\r\n', { decide }), [
    'literal a X {2+}\r\n|2+',
    'discarded a X {2+}\r\n',
    'command b NOOP',
    'left 0',
  ]);
});

test('a literal over the limit is refused in step', () => {
  assert.deepEqual(frame(`a X {33+}\r\n${'\n'.repeat(33)}\r\nb NOOP\r\n`), [
    'literal a X {33+}\r\n|33+',
    'refused literal too large: a X {33+}\r\n',
    'command b NOOP',
    'left 0',
  ]);
  assert.deepEqual(
    frame(`a X {20+}\r\n${'x'.repeat(20)} {20+}\r\n${'y'.repeat(20)}\r\nb NOOP\r\n`).slice(1),
    [
      `literal a X {20+}\r\n${'x'.repeat(20)} {20+}\r\n|20+`,
      `refused literal too large: a X {20+}\r\n${'x'.repeat(20)} {20+}\r\n`,
      'command b NOOP',
      'left 0',
    ],
  );
  const huge = '9'.repeat(30);
  assert.deepEqual(frame(`a X {${huge}}\r\nb NOOP\r\n`), [
    `literal a X {${huge}}\r\n|Infinity`,
    `refused literal too large: a X {${huge}}\r\n`,
    'command b NOOP',
    'left 0',
  ]);
  assert.deepEqual(frame(`a X {${huge}+}\r\nb NOOP\r\n`), [
    `literal a X {${huge}+}\r\n|Infinity+`,
    'left 0',
  ]);
});

test('a line over the limit is refused with its literals', () => {
  const long = 'x'.repeat(80);
  const beginning = `a ${'x'.repeat(62)}`;
  assert.deepEqual(frame(`a ${long}\r\nb NOOP\r\n`), [
    `refused line too long: ${beginning}`,
    'command b NOOP',
    'left 0',
  ]);
  assert.deepEqual(frame(`a ${long} {9+}\r\nz NOOP\r\n\n \r\nb NOOP\r\n`), [
    `refused line too long: ${beginning}`,
    'command b NOOP',
    'left 0',
  ]);
  assert.deepEqual(frame(`a ${long} {9}\r\nb NOOP\r\n`), [
    `refused line too long: ${beginning}`,
    'command b NOOP',
    'left 0',
  ]);
  // An announcement longer than what is remembered: nothing behind it may run.
  assert.deepEqual(frame(`a {${'0'.repeat(200)}6+}\r\nb NOOP\r\n`), ['left 0']);
  assert.deepEqual(frame(`a ${'x'.repeat(60)}\r\n`), [`command a ${'x'.repeat(60)}`, 'left 0']);
  assert.deepEqual(frame(`a ${'x'.repeat(61)}\r\n`), [
    `refused line too long: a ${'x'.repeat(61)}\r`,
    'left 0',
  ]);
});

test('a plain line ends where it ends', () => {
  const framer = new Framer(limits);
  framer.line();
  framer.push(Buffer.from('DONE {5}\r\na NOOP\r\n'));
  assert.deepEqual(framer.next(), { kind: 'line', bytes: Buffer.from('DONE {5}') });
  assert.deepEqual(framer.next(), { kind: 'command', bytes: Buffer.from('a NOOP') });
  framer.line();
  framer.push(Buffer.from('\r\n'));
  assert.deepEqual(framer.next(), { kind: 'line', bytes: Buffer.from('') });
  framer.line();
  framer.push(Buffer.from(`${'x'.repeat(70)}{5+}\r\nb NOOP\r\n`));
  assert.equal(framer.next()?.kind, 'refused');
  assert.deepEqual(framer.next(), { kind: 'command', bytes: Buffer.from('b NOOP') });
});

test('what stands behind STARTTLS can be taken', () => {
  const framer = new Framer(limits);
  framer.push(Buffer.from('a STARTTLS\r\nb LOG'));
  assert.equal(framer.next()?.kind, 'command');
  assert.equal(framer.next(), undefined);
  framer.push(Buffer.from('IN c d\r\n'));
  assert.equal(framer.unfinished, true);
  assert.equal(Buffer.from(framer.takeRemaining()).toString(), 'b LOGIN c d\r\n');
  assert.equal(framer.buffered, 0);
  assert.equal(framer.unfinished, false);
  assert.equal(framer.next(), undefined);
});

test('bytes that wait one by one cost little and come out in order', () => {
  const framer = new Framer({ lineBytesMax: 1000, literalBytesMax: 1000 });
  const input = Buffer.from(Array.from({ length: 30_000 }, (_, i) => `a${i} NOOP\r\n`).join(''));
  for (let at = 0; at < input.length; at++) framer.push(input.subarray(at, at + 1));
  assert.equal(framer.buffered, input.length);
  for (let i = 0; i < 30_000; i++) {
    const event = framer.next();
    assert.ok(event?.kind === 'command');
    assert.equal(Buffer.from(event.bytes).toString(), `a${i} NOOP`);
  }
  assert.equal(framer.buffered, 0);
});

const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '\r\n',
      '\n',
      ' {3}\r\n',
      ' {3+}\r\n',
      '~{4+}\r\n',
      '{40+}\r\n',
      '{0+}\r\n',
      'a NOOP\r\n',
      '{7+',
      '}\r',
    ),
  },
  fc.string({ maxLength: 8 }),
  fc.constantFrom('x'.repeat(30), '0'.repeat(70), 'y'.repeat(140)),
);

test('framing does not depend on how the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 25 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.array(fc.constantFrom<Decision>('buffer', 'stream', 'discard'), { minLength: 1 }),
      (pieces, cuts, decisions) => {
        const input = pieces.join('');
        const decider = (): Decide => {
          let at = 0;
          return () => decisions[at++ % decisions.length]!;
        };
        const whole = frame(input, { decide: decider() });
        assert.deepEqual(frame(input, { decide: decider(), cuts }), whole);
        const everyByte = Array.from({ length: input.length }, (_, i) => i);
        assert.deepEqual(frame(input, { decide: decider(), cuts: everyByte }), whole);
        assert.deepEqual(frame(input, { decide: decider(), cuts, late: true }), whole);
        assert.deepEqual(frame(input, { decide: decider(), cuts: everyByte, late: true }), whole);
      },
    ),
    { numRuns: 1000 },
  );
});

test('a chunk is given up with the last slice of a literal in it, but not while a command is a view of it', () => {
  const chunks = [
    'a APPEND i {2000+}\r\n'.padEnd(1000, 'x'),
    'x'.repeat(1018),
    'xx\r\n',
    'b NOOP\r\nc APPEND i {5+}\r\nhello\r\n',
    `d APPEND i {5+}\r\nhello\r\n${'e NOOP\r\n'.repeat(200)}`,
  ];
  const framer = new Framer(limits);
  const spent: boolean[] = [];
  for (const chunk of chunks) {
    framer.push(Uint8Array.from(Buffer.from(chunk, 'latin1')));
    for (let event = framer.next(); event !== undefined; event = framer.next()) {
      if (event.kind === 'literal') framer.stream();
      if (event.kind === 'literal-bytes') spent.push(event.spent !== undefined);
    }
  }
  assert.deepEqual(spent, [true, true, true, false, false]);
});
