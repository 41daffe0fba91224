import { test } from 'node:test';
import { parses, refuses } from '../../../test/support/command-arguments.ts';

test('no arguments', () => {
  parses('NOOP', undefined);
  refuses('NOOP ', 'end of command at 6');
  refuses('NOOP x', 'end of command at 6');
});

test('LOGIN', () => {
  parses('LOGIN anna secret]', { user: 'anna', password: 'secret]' });
  parses('LOGIN "a\\"b\\\\c" {5+}\r\nx\r\n y', { user: 'a"b\\c', password: 'x\r\n y' });
  parses('LOGIN {4}\nanna ""', { user: 'anna', password: '' });
  parses('LOGIN "jürgen" "пароль"', { user: 'jürgen', password: 'пароль' });
  refuses('LOGIN anna', 'space at 12');
  refuses('LOGIN  anna x', 'userid at 8');
  refuses('LOGIN anna "x', 'closing quote of the string that began at 13');
  refuses('LOGIN anna "x\\y"', '\\" or \\\\ at 15');
  refuses('LOGIN anna "x\u0000y"', 'character of a quoted string at 15');
  refuses('LOGIN anna {3}\r\na\u0000b', 'literal without NUL');
  refuses('LOGIN anna ~{1}\r\na', 'end of command');
  refuses('LOGIN anna {9}\r\nab', 'literal');
  refuses('LOGIN anna (x)', 'password at 13');
  refuses(Buffer.from('LOGIN anna "\xff"', 'latin1'), 'UTF-8 at 13');
  refuses(Buffer.from('LOGIN anna \xe9', 'latin1'), 'password at 13');
});

test('AUTHENTICATE', () => {
  parses('AUTHENTICATE plain', { mechanism: 'PLAIN' });
  parses('AUTHENTICATE PLAIN =', { mechanism: 'PLAIN', initialResponse: new Uint8Array(0) });
  parses('AUTHENTICATE PLAIN AGEAYg==', {
    mechanism: 'PLAIN',
    initialResponse: Buffer.from('\0a\0b'),
  });
  for (const wrong of ['AGEAYg', 'AGEAYg=', '====', 'A===', 'AG*A'])
    refuses(`AUTHENTICATE PLAIN ${wrong}`, 'at');
  refuses('AUTHENTICATE PLAIN ', 'initial-resp');
});

test('ENABLE and ID', () => {
  parses('ENABLE condstore UTF8=ACCEPT', { capabilities: ['CONDSTORE', 'UTF8=ACCEPT'] });
  refuses('ENABLE', 'space');
  refuses('ENABLE ', 'capability');
  parses('ID NIL', { fields: null });
  parses('ID nil', { fields: null });
  parses('ID ()', { fields: [] });
  parses('ID ("name" "x" "version" NIL)', {
    fields: [
      ['name', 'x'],
      ['version', null],
    ],
  });
  refuses('ID ("name")', 'space');
  refuses('ID', 'space');
});
