import { test } from 'node:test';
import { parses, ranges, refuses } from '../../../test/support/command-arguments.ts';

test('FETCH', () => {
  const set = ranges([1, 1]);
  const fetches = (text: string, ...items: unknown[]): void =>
    parses(`FETCH 1 ${text}`, { set, items, vanished: false });
  const body = (part: number[], kind: string, more: object = {}): unknown => ({
    kind: 'BODY[]',
    section: { part, text: { kind } },
    peek: false,
    ...more,
  });
  fetches('FLAGS', { kind: 'FLAGS' });
  fetches('fast', { kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' });
  fetches(
    '(UID UID MODSEQ EMAILID THREADID SAVEDATE uid)',
    { kind: 'UID' },
    { kind: 'MODSEQ' },
    { kind: 'EMAILID' },
    { kind: 'THREADID' },
    { kind: 'SAVEDATE' },
  );
  fetches(
    '(BODY BODYSTRUCTURE)',
    { kind: 'BODYSTRUCTURE', extended: false },
    { kind: 'BODYSTRUCTURE', extended: true },
  );
  fetches('BODY[]', body([], 'ALL'));
  fetches(
    'BODY.PEEK[1.2.MIME]<10.20>',
    body([1, 2], 'MIME', { peek: true, partial: { origin: 10, length: 20 } }),
  );
  fetches(
    '(BODY[HEADER] BODY[1] BODY[3.TEXT])',
    body([], 'HEADER'),
    body([1], 'ALL'),
    body([3], 'TEXT'),
  );
  fetches('BODY[1.HEADER.FIELDS.NOT (From "To")]', {
    kind: 'BODY[]',
    peek: false,
    section: { part: [1], text: { kind: 'HEADER.FIELDS.NOT', names: ['From', 'To'] } },
  });
  fetches('RFC822.HEADER', body([], 'HEADER', { peek: true, legacyName: 'RFC822.HEADER' }));
  fetches(
    '(RFC822 RFC822.TEXT)',
    body([], 'ALL', { legacyName: 'RFC822' }),
    body([], 'TEXT', { legacyName: 'RFC822.TEXT' }),
  );
  fetches(
    '(BINARY[] BINARY.PEEK[1.2]<0.5> BINARY.SIZE[1])',
    { kind: 'BINARY', part: [], peek: false },
    { kind: 'BINARY', part: [1, 2], peek: true, partial: { origin: 0, length: 5 } },
    { kind: 'BINARY.SIZE', part: [1] },
  );
  parses('UID FETCH 1 (FLAGS) (CHANGEDSINCE 5 VANISHED)', {
    set,
    items: [{ kind: 'FLAGS' }],
    changedSince: 5,
    vanished: true,
  });
  parses('FETCH 1 ALL (CHANGEDSINCE 0)', {
    set,
    items: [
      { kind: 'FLAGS' },
      { kind: 'INTERNALDATE' },
      { kind: 'RFC822.SIZE' },
      { kind: 'ENVELOPE' },
    ],
    changedSince: 0,
    vanished: false,
  });
});

test('FETCH refused', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['()', 'fetch-att'],
    ['(FAST)', 'fetch-att'],
    ['NONSENSE', 'fetch-att at 10'],
    ['BODY[MIME]', 'part number before MIME at 15'],
    ['BODY[1.]', 'section-text'],
    ['BODY[0]', 'nz-number'],
    ['BODY[1', '"]"'],
    ['BODY[1.2.]', 'section-text'],
    ['BODY[NONSENSE]', 'section-text'],
    ['BODY[HEADER.FIELDS ()]', 'header-fld-name'],
    ['BODY[HEADER.FIELDS]', 'space'],
    ['BODY[TEXT.1]', ''],
    ['BODY[]<0.0>', 'nz-number64'],
    ['BODY[]<0>', '"."'],
    ['BODY[]<-1.5>', 'number64'],
    ['BODY.PEEK', '"["'],
    ['BINARY[TEXT]', 'nz-number'],
    ['BINARY.SIZE[1]<0.1>', 'end of command'],
    ['BODYSTRUCTURE[]', 'end of command'],
    ['FLAGS UID', '"("'],
    ['(FLAGS)(CHANGEDSINCE 1)', 'end of command'],
    ['FLAGS (VANISHED)', 'VANISHED in UID FETCH'],
    ['FLAGS (CHANGEDSINCE 1 VANISHED)', 'VANISHED in UID FETCH'],
    ['FLAGS (NONSENSE)', 'fetch-modifier'],
    ['BODY[1.2.3', '"]"'],
  ];
  for (const [items, what] of wrong) refuses(`FETCH 1 ${items}`, what);
  refuses('UID FETCH 1 FLAGS (VANISHED)', 'VANISHED in UID FETCH with CHANGEDSINCE');
});
