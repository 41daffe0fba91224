/** Every command against mailboxes of somebody else that lack one right each (RFC 4314 section 4). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { allRights } from '../src/model/rights.ts';
import { House, password } from './support/dialogue-house.ts';
import { give, login, responseTimeMs } from './support/dialogue-prepare.ts';
import { ImapConnection } from './support/imap-connection.ts';

const anna = 'anna@example.org';
const bert = 'bert@example.org';
const letter = 'Subject: a letter\r\n\r\ntext\r\n';
const append = (name: string): string => `APPEND "${name}" {${letter.length}+}\r\n${letter}`;

/** Commands by the mailbox's name, and the rights that each takes; in an order in which none spoils the next. */
const named: readonly (readonly [command: (name: string) => string, takes: string])[] = [
  [(name) => `STATUS "${name}" (MESSAGES UNSEEN)`, 'r'],
  [(name) => `MYRIGHTS "${name}"`, ''],
  [(name) => `SUBSCRIBE "${name}"`, ''],
  [(name) => `UNSUBSCRIBE "${name}"`, ''],
  [append, 'i'],
  [(name) => `CREATE "${name}/made"`, 'k'],
  [(name) => `RENAME "${name}/old" "${name}/new"`, 'xk'],
  [(name) => `DELETE "${name}/victim"`, 'x'],
  [(name) => `GETACL "${name}"`, 'a'],
  [(name) => `LISTRIGHTS "${name}" anyone`, 'a'],
  [(name) => `SETACL "${name}" anyone +p`, 'a'],
  [(name) => `DELETEACL "${name}" anyone`, 'a'],
  [(name) => `GETMETADATA "${name}" /shared/comment`, 'l'],
  [(name) => `SETMETADATA "${name}" (/shared/comment "x")`, 'l'],
  [(name) => `GETQUOTAROOT "${name}"`, 'r'],
  [(name) => `EXAMINE "${name}"`, 'r'],
  [(name) => `SELECT "${name}"`, 'r'],
];
const selected: typeof named = [
  [() => 'FETCH 1 (FLAGS BODY[])', ''],
  [() => 'SEARCH ALL', ''],
  [() => 'STORE 1 +FLAGS.SILENT (\\Seen)', 's'],
  [() => 'UID STORE 1 FLAGS (\\Seen)', 's'],
  [() => 'STORE 1 -FLAGS.SILENT (\\Flagged blue)', 'w'],
  [() => 'STORE 2 +FLAGS.SILENT (\\Deleted)', 't'],
  [() => 'COPY 1 INBOX', ''],
  [(name) => `UID COPY 1 "${name}"`, 'i'],
  [(name) => `UID REPLACE 2 ${append(name).slice('APPEND '.length)}`, 'ite'],
  [(name) => `UID MOVE 1 "${name}"`, 'ite'],
  [() => 'UID MOVE 1:* INBOX', 'te'],
  [() => 'UID EXPUNGE 1', 'e'],
  [() => 'EXPUNGE', 'e'],
  [() => 'CLOSE', ''],
];

let directory: string;
let house: House;
let guest: ImapConnection;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-rights-'));
  house = await House.open(directory);
  const address = await house.address('plain');
  for (const user of [anna, bert])
    await house.store.directory.add({ address: user, passwordHash: '' });
  const owner = await ImapConnection.open(address);
  await owner.next(responseTimeMs);
  await give(owner, [
    login({ address, user: anna, password }),
    ...[...Array.from(allRights), 'all'].flatMap((right) => [
      `CREATE ${right}`,
      append(right),
      append(right),
      `SETACL ${right} ${bert} "${right === 'all' ? allRights : allRights.replace(right, '')}"`,
      `CREATE ${right}/old`,
      `CREATE ${right}/victim`,
    ]),
    'LOGOUT',
  ]);
  owner.close();
  guest = await ImapConnection.open(address);
  await guest.next(responseTimeMs);
  await give(guest, [login({ address, user: bert, password })]);
});

after(async () => {
  guest.close();
  await house.close();
  await rm(directory, { recursive: true });
});

/** The tagged answer. */
async function answer(command: string): Promise<string> {
  await guest.send(Buffer.from(`t ${command}\r\n`, 'latin1'));
  for (;;) {
    const response = await guest.next(responseTimeMs);
    assert.equal(typeof response, 'string', command);
    if (response?.startsWith('t ') === true) return response;
  }
}

async function check(command: string, isAllowed: boolean): Promise<void> {
  const found = await answer(command);
  const wanted = isAllowed ? /^t OK/ : /^t NO \[(?:NOPERM|NONEXISTENT|TRYCREATE)\]/;
  assert.match(found, wanted, command);
}

for (const right of [...Array.from(allRights), 'all']) {
  test(`${right === 'all' ? 'with every right' : `without ${right}`}`, async () => {
    const name = `Other Users/${anna}/${right}`;
    for (const [command, takes] of named) await check(command(name), !takes.includes(right));
    if (right !== 'r')
      for (const [command, takes] of selected) await check(command(name), !takes.includes(right));
    assert.equal(await list(name), right !== 'l');
  });
}

/** Whether LIST shows it. */
async function list(name: string): Promise<boolean> {
  await guest.send(Buffer.from(`t LIST "" "${name}"\r\n`, 'latin1'));
  for (let isListed = false; ;) {
    const response = await guest.next(responseTimeMs);
    if (response?.startsWith('* LIST') === true) isListed = true;
    else if (response?.startsWith('t ') === true) return isListed;
  }
}
