import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryAccount } from '../../../test/support/memory-account.ts';
import { MemorySession } from '../../../test/support/memory-session.ts';
import { deleted, flag, seen } from '../../model/flag.ts';
import { asUid, type Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Account } from '../../store/store.ts';

const system = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';

test('SELECT describes the mailbox', async () => {
  const memory = await MemorySession.loggedIn();
  memory.account.put('INBOX', [seen]);
  memory.account.put('INBOX', [flag('work')]);
  assert.deepEqual(await memory.run('SELECT inbox'), [
    `* FLAGS ${system} work`,
    `* OK [PERMANENTFLAGS ${system.replaceAll(' ', ',')},work true]`,
    '* 2 EXISTS',
    '* 2 RECENT',
    '* OK [UNSEEN 2]',
    '* OK [UIDVALIDITY 1001]',
    '* OK [UIDNEXT 3]',
    '* OK [HIGHESTMODSEQ 3]',
    '* OK [MAILBOXID M1]',
    'OK [READ-WRITE]',
  ]);
  const again = await memory.run('SELECT INBOX');
  assert.equal(again[0], '* OK [CLOSED]');
  assert.ok(again.includes('* 0 RECENT'));
});

test('IMAP4rev2 has LIST and no RECENT, no UNSEEN', async () => {
  const memory = await MemorySession.loggedIn();
  memory.account.put('INBOX');
  assert.deepEqual(await memory.run('ENABLE IMAP4rev2'), ['* ENABLED IMAP4rev2', 'OK']);
  const said = await memory.run('SELECT INBOX');
  assert.ok(said.includes('* LIST (\\HasNoChildren) INBOX'));
  assert.ok(!said.some((line) => line.includes('RECENT') || line.includes('UNSEEN')));
});

test('a name that was not normal comes back as OLDNAME', async () => {
  const account = new MemoryAccount(['INBOX', 'Caf\u00e9']);
  const memory = await MemorySession.loggedIn({ account });
  await memory.run('ENABLE IMAP4rev2');
  const said = await memory.run('SELECT "Cafe\u0301"');
  assert.ok(said.includes('* LIST (\\HasNoChildren) Caf\u00e9 OLDNAME Cafe\u0301'));
  assert.ok(
    (await memory.run('CREATE "e\u0301"')).includes(
      '* LIST (\\HasNoChildren) \u00e9 OLDNAME e\u0301',
    ),
  );
  assert.deepEqual(
    (await memory.run('DELETE "e\u0301"'))[0],
    '* LIST (\\NonExistent) \u00e9 OLDNAME e\u0301',
  );
});

test('EXAMINE changes nothing', async () => {
  const memory = await MemorySession.loggedIn();
  memory.account.put('INBOX', [deleted]);
  const said = await memory.run('EXAMINE INBOX');
  assert.ok(said.includes('* 1 RECENT') && said.includes('* OK [PERMANENTFLAGS false]'));
  assert.equal(said.at(-1), 'OK [READ-ONLY]');
  assert.deepEqual(await memory.run('EXPUNGE'), ['NO [READ-ONLY]']);
  assert.deepEqual(await memory.run('STORE 1 +FLAGS (\\Seen)'), ['NO [READ-ONLY]']);
  assert.deepEqual(await memory.run('CLOSE'), ['OK']);
  assert.ok((await memory.run('SELECT INBOX')).includes('* 1 RECENT'));
});

test('a SELECT that fails leaves nothing selected', async () => {
  const memory = await MemorySession.selected();
  assert.deepEqual(await memory.run('SELECT nowhere'), ['* OK [CLOSED]', 'NO [NONEXISTENT]']);
  assert.deepEqual(await memory.run('CHECK'), ['BAD']);
  assert.deepEqual(await memory.run('SELECT nowhere'), ['NO [NONEXISTENT]']);
});

test('QRESYNC tells what a client missed', async () => {
  const { account } = new MemorySession();
  account.put('INBOX', [], 6);
  const known = account.modSeq;
  const inbox = account.named('INBOX');
  const writer = await MemorySession.selected({ account });
  await writer.run('STORE 2,4 +FLAGS.SILENT (\\Deleted)');
  await writer.run('EXPUNGE');
  await writer.run('UID STORE 5 +FLAGS.SILENT (\\Seen)');
  const memory = await MemorySession.loggedIn({ account });
  const parameters = `QRESYNC (${inbox.uidValidity} ${known} 1:6)`;
  assert.deepEqual(await memory.run(`SELECT INBOX (${parameters})`), ['BAD']);
  await memory.run('ENABLE QRESYNC');
  const said = await memory.run(`SELECT INBOX (${parameters})`);
  assert.deepEqual(said.slice(-3), [
    '* VANISHED (EARLIER) 2,4',
    `* 3 FETCH UID 5 FLAGS (\\Seen) MODSEQ ${account.modSeq}`,
    'OK [READ-WRITE]',
  ]);
  const other = `QRESYNC (${inbox.uidValidity + 1} ${known} 1:6)`;
  const mismatch = await memory.run(`SELECT INBOX (${other})`);
  assert.ok(!mismatch.some((line) => /VANISHED|FETCH/.test(line)));
  const matched = await memory.run(
    `SELECT INBOX (QRESYNC (${inbox.uidValidity} ${known} 1:6 (1:2 1,3)))`,
  );
  assert.ok(matched.includes('* VANISHED (EARLIER) 4'));
});

test('VANISHED replaces EXPUNGE, and a lowered HIGHESTMODSEQ keeps a client that goes from losing it', async () => {
  const account = new MemoryAccount();
  account.put('INBOX', [], 3);
  const memory = await MemorySession.loggedIn({ account });
  await memory.run('ENABLE QRESYNC');
  await memory.run('SELECT INBOX');
  const other = await MemorySession.selected({ account });
  await other.run('STORE 2 +FLAGS.SILENT (\\Deleted)');
  await other.run('EXPUNGE');
  const before = account.modSeq - 1;
  // Nothing that was sent is newer than the removal.
  assert.equal((await memory.run('FETCH 3 MODSEQ')).at(-1), 'OK');
  const stored = await memory.run('STORE 1 +FLAGS.SILENT (\\Seen)');
  assert.equal(stored.at(-1), `OK [HIGHESTMODSEQ ${before}]`);
  const refused = await memory.run('STORE 1:3 (UNCHANGEDSINCE 1) +FLAGS.SILENT (\\Seen)');
  assert.deepEqual(refused.slice(-2), [`* OK [HIGHESTMODSEQ ${before}]`, 'OK [MODIFIED 1,3]']);
  assert.deepEqual(await memory.run('NOOP'), [
    '* VANISHED 2',
    `OK [HIGHESTMODSEQ ${account.modSeq}]`,
  ]);
  assert.deepEqual(await memory.run('NOOP'), ['OK']);
});

test('CONDSTORE enabling commands say HIGHESTMODSEQ within a mailbox, once', async () => {
  const memory = await MemorySession.selected();
  memory.account.put('INBOX');
  await memory.run('NOOP');
  const modSeq = memory.account.modSeq;
  assert.deepEqual(await memory.run('STATUS INBOX (HIGHESTMODSEQ)'), [
    `* OK [HIGHESTMODSEQ ${modSeq}]`,
    `* STATUS INBOX HIGHESTMODSEQ ${modSeq}`,
    'OK',
  ]);
  assert.deepEqual(await memory.run('ENABLE CONDSTORE'), ['* ENABLED CONDSTORE', 'OK']);
});

test('a mailbox deleted under a session becomes empty', async () => {
  const account = new MemoryAccount(['INBOX', 'old']);
  account.put('old', [], 2);
  const memory = await MemorySession.loggedIn({ account });
  await memory.run('SELECT old');
  const other = await MemorySession.loggedIn({ account });
  assert.deepEqual(await other.run('DELETE old'), ['OK']);
  assert.deepEqual(await memory.run('FETCH 1:2 (UID)'), [
    '* 1 FETCH UID 1',
    '* 2 FETCH UID 2',
    'OK',
  ]);
  assert.deepEqual(await memory.run('NOOP'), ['* 2 EXPUNGE', '* 1 EXPUNGE', 'OK']);
  assert.deepEqual(await memory.run('EXPUNGE'), ['OK']);
  assert.deepEqual(await memory.run('CLOSE'), ['OK']);
});

test('CLOSE expunges in silence, UNSELECT nothing', async () => {
  const memory = await MemorySession.selected();
  memory.account.put('INBOX', [deleted], 2);
  assert.deepEqual(await memory.run('UNSELECT'), ['OK']);
  await memory.run('SELECT INBOX');
  assert.deepEqual(await memory.run('CLOSE'), ['OK']);
  assert.ok((await memory.run('SELECT INBOX')).includes('* 0 EXISTS'));
});

test('UID EXPUNGE spares others; HIGHESTMODSEQ comes with CONDSTORE', async () => {
  const memory = await MemorySession.selected();
  memory.account.put('INBOX', [deleted], 3);
  await memory.run('NOOP');
  assert.deepEqual(await memory.run('UID EXPUNGE 2'), ['* 2 EXPUNGE', 'OK']);
  await memory.run('ENABLE CONDSTORE');
  assert.deepEqual(await memory.run('EXPUNGE'), [
    '* 2 EXPUNGE',
    '* 1 EXPUNGE',
    `OK [HIGHESTMODSEQ ${memory.account.modSeq + 0}]`,
  ]);
});

/** A session whose store answers SELECT before it has the view, which comes when `open` is called. */
async function early(): Promise<{
  memory: MemorySession;
  account: MemoryAccount;
  open: (error?: Error) => void;
}> {
  const account = new MemoryAccount();
  const inbox = account.named('INBOX');
  const gate = Promise.withResolvers<void>();
  const glance: Account['glance'] = () => {
    const told = inbox.glance();
    return { ...told, view: () => gate.promise.then(() => told.view()) };
  };
  Object.assign(account, { glance });
  const memory = await MemorySession.loggedIn({ account });
  return {
    memory,
    account,
    open: (error) => (error === undefined ? gate.resolve() : gate.reject(error)),
  };
}

test('SELECT is answered before the view is there, and what happens meanwhile is told at the next command', async () => {
  const { memory, account, open } = await early();
  account.put('INBOX', [seen], 2);
  account.put('INBOX', [deleted], 3);
  const { id } = account.named('INBOX');
  const selecting = memory.run('SELECT INBOX');
  const said = await memory.something();
  assert.ok(said.includes('* 5 EXISTS') && said.includes('* OK [UNSEEN 3]'));
  assert.ok(said.includes('* 5 RECENT') && said.includes('* OK [HIGHESTMODSEQ 3]'));
  assert.equal(said.at(-1), 'OK [READ-WRITE]');
  const set = (uid: number): NumberSet<Uid> => NumberSet.of([asUid(uid)]);
  await account.expunge(id, set(4));
  await account.flag(id, set(1), { mode: 'add', flags: [flag('work')] });
  account.put('INBOX', []);
  open();
  assert.deepEqual(await selecting, []);
  assert.deepEqual(await memory.run('FETCH 4:5 UID'), [
    '* 4 FETCH UID 4',
    '* 5 FETCH UID 5',
    '* 6 EXISTS',
    '* 6 RECENT',
    `* FLAGS ${system} work`,
    `* OK [PERMANENTFLAGS ${system.replaceAll(' ', ',')},work true]`,
    '* 1 FETCH FLAGS (\\Seen work \\Recent)',
    'OK',
  ]);
  assert.deepEqual(await memory.run('NOOP'), ['* 4 EXPUNGE', 'OK']);
  assert.deepEqual(await memory.run('UID FETCH 5:6 (UID)'), [
    '* 4 FETCH UID 5',
    '* 5 FETCH UID 6',
    'OK',
  ]);
});

test('a view that does not come after SELECT was answered ends the session', async () => {
  const { memory, open } = await early();
  const selecting = memory.run('SELECT INBOX');
  assert.equal((await memory.something()).at(-1), 'OK [READ-WRITE]');
  open(new Error('the disk is broken'));
  assert.deepEqual(await selecting, ['* BYE']);
  assert.ok(memory.session.ended);
});

test('a view that comes too late for its client is given back', async () => {
  const { memory, open } = await early();
  const selecting = memory.run('SELECT INBOX');
  await memory.something();
  memory.disconnect();
  open(new Error('aborted'));
  await selecting;
  assert.ok(memory.session.ended);
});
