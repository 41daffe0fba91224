import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asExpected } from './support/dialogue-dovecot.ts';

const cases: [what: string, response: string, wanted: string, told: string][] = [
  [
    'users and rights are in the order of the dialogue',
    '* ACL inbox anyone p bert rl anna lrwstipekxacd',
    '* ACL INBOX "anna" lr anyone p "bert" lrs',
    '* ACL INBOX "anna" lrswipkxteacd anyone p "bert" lr',
  ],
  ['a user more stays', '* ACL A bert lr anna r', '* ACL A "anna" r', '* ACL A "anna" r bert lr'],
  ['a user too few stays', '* ACL A anna r', '* ACL A "anna" r bert lr', '* ACL A "anna" r'],
  ['rights', '* MYRIGHTS A wslr', '* MYRIGHTS A lrsw', '* MYRIGHTS A lrsw'],
  ['a right too few', '* MYRIGHTS A wsl', '* MYRIGHTS A lrsw', '* MYRIGHTS A lsw'],
  [
    'a number of a resource stays',
    '* QUOTA anna (MESSAGE 3 4 STORAGE 1 2)',
    '* QUOTA "anna" (STORAGE 1 2 MESSAGE 3 5 MAILBOX 6 7)',
    '* QUOTA "anna" (STORAGE 1 2 MESSAGE 3 4 MAILBOX 6 7)',
  ],
  ['a reason that is not told', 'a NO gone', 'a NO [NOPERM] why', 'a NO [NOPERM] why'],
  ['another reason', 'a NO [CANNOT] x', 'a NO [NOPERM] why', 'a NO [CANNOT] x'],
  ['a code that means something', 'a NO full', 'a NO [OVERQUOTA] why', 'a NO full'],
  ['no refusal', 'a OK done', 'a NO [NOPERM] why', 'a OK done'],
  ['another tag', 'b NO x', 'a NO [NOPERM] why', 'b NO x'],
];

for (const [what, response, wanted, told] of cases) {
  test(what, () => {
    assert.equal(asExpected(response, wanted), told);
  });
}
