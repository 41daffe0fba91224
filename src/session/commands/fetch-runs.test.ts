import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryAccount } from '../../../test/support/memory-account.ts';
import { MemorySession } from '../../../test/support/memory-session.ts';
import { deleted, flag, seen } from '../../model/flag.ts';
import { asUid, type Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';

const uids = (...list: number[]): NumberSet<Uid> => NumberSet.of(list.map(asUid));
const items = '(UID FLAGS RFC822.SIZE MODSEQ)';

/** A mailbox of 600 with holes, half of it \Recent in this session, some messages gone that it was not told of. */
async function ground(): Promise<{ memory: MemorySession; account: MemoryAccount }> {
  const account = new MemoryAccount();
  const { id } = account.named('INBOX');
  account.put('INBOX', [seen], 300);
  await account.flag(id, uids(5, 6, 7, 100), { mode: 'add', flags: [deleted] });
  await account.expunge(id, uids(5, 6, 7, 100));
  await MemorySession.selected({ account });
  account.put('INBOX', [], 300);
  const memory = await MemorySession.selected({ account });
  await account.flag(id, uids(1, 30, 31, 299, 300, 600), { mode: 'replace', flags: [deleted] });
  await account.flag(id, uids(2, 310), { mode: 'add', flags: [flag('work')] });
  await account.expunge(id, uids(1, 30, 31, 299, 300, 600));
  account.put('INBOX', [], 3);
  return { memory, account };
}

const fetches = (said: readonly string[]): string[] =>
  said.filter((line) => line.includes('RFC822.SIZE'));

/** What each message says when it is asked for alone. */
async function singly(memory: MemorySession, count: number): Promise<string[]> {
  const said: string[] = [];
  for (let number = 1; number <= count; number++)
    said.push(...fetches(await memory.run(`FETCH ${number} ${items}`)));
  return said;
}

test('many messages are answered as they would be one by one, those that are gone among them', async () => {
  const { memory } = await ground();
  const { memory: other } = await ground();
  const all = await memory.run(`FETCH 1:* ${items}`);
  assert.equal(fetches(all).length, 596);
  assert.deepEqual(fetches(all), await singly(other, 596));
  assert.ok(all.includes('* 1 FETCH UID 1 FLAGS (\\Deleted) RFC822.SIZE MODSEQ 6'));
  assert.ok(all.includes('* 306 FETCH UID 310 FLAGS (work \\Recent) RFC822.SIZE MODSEQ 7'));
});

test('sets with gaps, and UIDs that are not there', async () => {
  const { memory } = await ground();
  const some = await memory.run(`UID FETCH 2:8,10,12,20:60,95:105,598:700 ${items}`);
  const { memory: other } = await ground();
  const wanted = NumberSet.ofRanges(
    [
      [2, 8],
      [10, 10],
      [12, 12],
      [20, 60],
      [95, 105],
      [598, 600],
    ].map(([first = 0, last = 0]) => ({ first, last })),
  );
  const expected = (await singly(other, 596)).filter((line) =>
    wanted.has(Number(/UID (\d+)/.exec(line)?.[1])),
  );
  assert.deepEqual(fetches(some), expected);
});

test('flags told so are not told again', async () => {
  const { memory } = await ground();
  const said = await memory.run('FETCH 1:200 FLAGS');
  const again = said.filter((line) => line.includes('FETCH')).slice(200);
  assert.deepEqual(again, ['* 306 FETCH FLAGS (work \\Recent)']);
});
