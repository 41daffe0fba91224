import { test } from 'node:test';
import { parses, ranges, refuses } from '../../../test/support/command-arguments.ts';

test('sequence sets', () => {
  parses('COPY 1 x', { set: ranges([1, 1]), mailbox: 'x' });
  parses('MOVE *:123,4,7:* x', { set: ranges(['*', 123], [4, 4], [7, '*']), mailbox: 'x' });
  parses('UID COPY $ x', { set: { kind: 'saved' }, mailbox: 'x' });
  parses('UID COPY 1:4294967295 x', { set: ranges([1, 4294967295]), mailbox: 'x' });
  for (const set of [
    '0',
    '1:',
    ':1',
    '1,',
    ',1',
    '1::2',
    '4294967296',
    '01',
    '1:0',
    'x',
    '1,$',
    '-1',
  ])
    refuses(`COPY ${set} x`, '');
});

test('EXPUNGE', () => {
  parses('EXPUNGE', {});
  parses('UID EXPUNGE 1:2', { set: ranges([1, 2]) });
  refuses('EXPUNGE 1', 'end of command');
  refuses('UID EXPUNGE', 'space');
});

test('STORE', () => {
  const set = ranges([1, 1]);
  parses('STORE 1 FLAGS ()', { set, edit: { mode: 'replace', flags: [] }, silent: false });
  parses('STORE 1 +flags.silent \\DELETED $Junk', {
    set,
    edit: { mode: 'add', flags: ['\\Deleted', '$Junk'] },
    silent: true,
  });
  parses('UID STORE 1 (UNCHANGEDSINCE 0) -FLAGS (a b)', {
    set,
    edit: { mode: 'remove', flags: ['a', 'b'] },
    silent: false,
    unchangedSince: 0,
  });
  refuses('STORE 1 FLAGS (\\Recent)', 'flag that can be set');
  refuses('STORE 1 FLAGS (\\Nonsense)', 'flag that can be set');
  refuses('STORE 1 FLAGS (\\*)', 'flag');
  refuses('STORE 1 FLAGS', 'space');
  refuses('STORE 1 FLAGS ', 'flag');
  refuses('STORE 1 FLAGS (a  b)', 'flag');
  refuses('STORE 1 FLAGS.LOUD (a)', 'store-att-flags');
  refuses('STORE 1 FLAGS {1}\r\na', 'flag');
  refuses(`STORE 1 FLAGS ${'x'.repeat(256)}`, 'keyword', { status: 'NO' });
});
