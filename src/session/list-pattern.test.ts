import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mailboxName, type MailboxName } from '../model/mailbox-name.ts';
import { ListPattern } from './list-pattern.ts';

function matches(reference: string, pattern: string, name: string): boolean {
  return new ListPattern(reference, [pattern]).matches(name as MailboxName);
}

test('wildcards', () => {
  assert.ok(matches('', '*', 'a/b/c'));
  assert.ok(matches('', '%', 'a') && !matches('', '%', 'a/b'));
  assert.ok(matches('', 'a/%', 'a/b') && !matches('', 'a/%', 'a') && !matches('', 'a/%', 'a/b/c'));
  assert.ok(matches('', '%/b', 'a/b') && matches('', '*b', 'a/b') && !matches('', '%b', 'a/b'));
  assert.ok(matches('', 'a*%', 'a/b/c') && matches('', '%*', 'x/y'));
  assert.ok(!matches('', 'A', 'a') && !matches('', '', 'a'));
});

test('the reference stands before the pattern', () => {
  assert.ok(matches('archive/', '%', 'archive/2026') && !matches('archive/', '%', 'drafts'));
  assert.ok(matches('arch', 'ive', 'archive'));
});

test('INBOX matches in any case, as a first level too, and nowhere else', () => {
  assert.ok(matches('', 'inbox', 'INBOX') && matches('', 'InB%', 'INBOX'));
  assert.ok(matches('', 'inbox/%', 'INBOX/sub') && !matches('', 'inbox/SUB', 'INBOX/sub'));
  assert.ok(!matches('', 'a/inbox', 'a/INBOX') && !matches('', 'inboxes', 'INBOXES'));
});

test('a hostile pattern takes no time', () => {
  const pattern = new ListPattern('', ['%a*'.repeat(20_000)]);
  assert.equal(pattern.matches('a'.repeat(300) as MailboxName), false);
  const wild = new ListPattern('', [`${'*a%'.repeat(300)}b`]);
  const began = performance.now();
  assert.equal(wild.matches('a'.repeat(1000) as MailboxName), false);
  assert.ok(performance.now() - began < 500);
});

test('agrees with a regular expression', () => {
  const letters = fc.constantFrom('a', 'b', '/', '*', '%');
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 8 });
  const pattern = fc.string({ unit: letters, minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pattern, name, (text, given) => {
      const source = text.replaceAll('*', '.*').replaceAll('%', '[^/]*');
      const expected = new RegExp(`^${source}$`).test(mailboxName(given));
      return matches('', text, mailboxName(given)) === expected;
    }),
    { numRuns: 2000 },
  );
});
