/** STORE, SEARCH, COPY, MOVE and APPEND in whole sessions. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '../../../test/support/session-connection.ts';

const simple = 'From: Anna <anna@example.org>\r\nSubject: one\r\n\r\nbody one\r\n';
const second = 'From: Bert <bert@example.org>\r\nSubject: two\r\n\r\nbody two\r\n';
const three = [simple, second, simple];

describe('STORE', () => {
  test('tells the flags of every message named, and with .SILENT nothing', async () => {
    const [c] = await connect({ messages: three });
    assert.deepEqual(await c!.run('STORE 1:2 +FLAGS (\\Flagged $New)'), [
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $New)',
      '* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $New \\*)] Flags that are kept',
      '* 1 FETCH (FLAGS (\\Flagged $New \\Recent))',
      '* 2 FETCH (FLAGS (\\Flagged $New \\Recent))',
      'a OK STORE completed',
    ]);
    // Nothing changes, and it is told all the same.
    assert.equal((await c!.run('UID STORE 2 +FLAGS \\Flagged')).length, 2);
    assert.deepEqual(await c!.run('STORE 1:3 FLAGS.SILENT ()'), ['a OK STORE completed']);
    assert.deepEqual(await c!.run('STORE 4 FLAGS ()'), ['a BAD there are only 3 messages']);
    assert.match((await c!.run('UID STORE 9 FLAGS ()'))[0]!, /^a OK /);
  });

  test('is refused after EXAMINE', async () => {
    const [c] = await connect({ messages: three });
    await c!.run('EXAMINE INBOX');
    assert.match((await c!.run('STORE 1 +FLAGS (\\Seen)'))[0]!, /^a NO \[READ-ONLY\] /);
  });

  test('UNCHANGEDSINCE passes, fails and tells both', async () => {
    const [c, d] = await connect({ messages: three, connections: 2 });
    const first = await c!.run('STORE 1:3 (UNCHANGEDSINCE 9999) +FLAGS.SILENT (\\Seen)');
    const modSeq = Number(/MODSEQ \((\d+)\)/.exec(first.join())?.[1]);
    assert.match(first[0]!, /^\* OK \[HIGHESTMODSEQ \d+\] /);
    assert.deepEqual(first.slice(1), [
      ...[1, 2, 3].map((n) => `* ${n} FETCH (UID ${n} MODSEQ (${modSeq}))`),
      'a OK STORE completed',
    ]);
    await d!.run('STORE 2 +FLAGS (\\Flagged)');
    const told = await c!.run(`STORE 1:3 (UNCHANGEDSINCE ${modSeq}) +FLAGS (\\Deleted)`);
    assert.equal(told.at(-1), 'a OK [MODIFIED 2] STORE completed but for some');
    assert.match(told[1]!, /^\* 2 FETCH \(UID 2 FLAGS \(\\Flagged \\Seen \\Recent\) MODSEQ /);
    assert.match(
      (await c!.run('UID STORE 3 (UNCHANGEDSINCE 0) +FLAGS.SILENT (\\Seen)')).at(-1)!,
      /^a OK \[MODIFIED 3\] /,
    );
  });

  test('of messages that another session removed', async () => {
    const [c, d] = await connect({ messages: three, connections: 2 });
    await d!.run('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await d!.run('EXPUNGE');
    assert.deepEqual(await c!.run('STORE 1:2 +FLAGS (\\Seen)'), [
      '* 2 FETCH (FLAGS (\\Seen \\Recent))',
      'a NO [EXPUNGEISSUED] some of these messages are no longer there',
    ]);
    assert.deepEqual(await c!.run('STORE 1:2 +FLAGS.SILENT (\\Seen)'), ['a OK STORE completed']);
    assert.match(
      (await c!.run('UID STORE 1:2 -FLAGS (\\Seen)')).join(),
      /^\* 1 EXPUNGE,\* 1 FETCH .*,a OK /,
    );
  });
});

describe('SEARCH', () => {
  test('the old answer, always there', async () => {
    const [c] = await connect({ messages: three });
    assert.deepEqual(await c!.run('SEARCH SUBJECT one'), ['* SEARCH 1 3', 'a OK SEARCH completed']);
    assert.deepEqual(await c!.run('SEARCH SUBJECT none'), ['* SEARCH', 'a OK SEARCH completed']);
    assert.deepEqual(await c!.run('SEARCH BODY {8}\r\nBODY TWO'), [
      '* SEARCH 2',
      'a OK SEARCH completed',
    ]);
    const [, told] = await c!.run('SEARCH 2:3 MODSEQ 1');
    assert.match(told!, /^\* SEARCH 2 3 \(MODSEQ \d+\)$/);
    assert.deepEqual((await c!.run('SEARCH MODSEQ 9999'))[0], '* SEARCH');
  });

  test('ESEARCH', async () => {
    const [c] = await connect({ messages: three });
    const answer = async (options: string): Promise<string> =>
      (await c!.run(`UID SEARCH RETURN (${options}) SUBJECT one`))[0]!;
    assert.equal(await answer(''), '* ESEARCH (TAG "a") UID ALL 1,3');
    assert.equal(await answer('MIN MAX COUNT'), '* ESEARCH (TAG "a") UID MIN 1 MAX 3 COUNT 2');
    assert.equal(await answer('SAVE'), 'a OK SEARCH completed, result saved');
    assert.equal(
      (await c!.run('SEARCH RETURN (MIN ALL COUNT) SUBJECT x'))[0],
      '* ESEARCH (TAG "a") COUNT 0',
    );
    assert.equal((await c!.run('SEARCH RETURN (MAX) SUBJECT x'))[0], '* ESEARCH (TAG "a")');
    assert.match(
      (await c!.run('SEARCH RETURN (MIN) MODSEQ 1')).at(-2)!,
      /^\* ESEARCH \(TAG "a"\) MIN 1 MODSEQ \d+$/,
    );
    const [rev2] = await connect({ messages: three, enable: 'IMAP4rev2' });
    assert.equal((await rev2!.run('SEARCH ALL'))[0], '* ESEARCH (TAG "a") ALL 1:3');
  });

  test('$ holds what the options say, and goes with a NO', async () => {
    const [c] = await connect({ messages: three });
    const saved = async (options: string): Promise<string> => {
      await c!.run(`SEARCH RETURN (${options}) ALL`);
      return (await c!.run('SEARCH RETURN (ALL) $'))[0]!.replace(/^.*\) ?/, '');
    };
    assert.equal(await saved('SAVE'), 'ALL 1:3');
    assert.equal(await saved('MIN SAVE'), 'ALL 1');
    assert.equal(await saved('SAVE MAX'), 'ALL 3');
    assert.equal(await saved('SAVE MAX MIN'), 'ALL 1,3');
    assert.equal(await saved('SAVE MAX COUNT'), 'ALL 1:3');
    assert.equal((await c!.run('FETCH $ UID')).length, 4);
    await c!.run('SEARCH RETURN (ALL) 2');
    assert.equal((await c!.run('UID SEARCH UID $'))[0], '* SEARCH 1 2 3');
    await c!.run('STORE 2 +FLAGS.SILENT \\Deleted');
    await c!.run('EXPUNGE');
    assert.equal((await c!.run('UID SEARCH $'))[0], '* SEARCH 1 3');
    await c!.run('SEARCH RETURN (SAVE) NONSENSE');
    assert.equal((await c!.run('UID SEARCH $'))[0], '* SEARCH 1 3');
    assert.match(
      (await c!.run('SEARCH RETURN (SAVE) CHARSET X-NONE SUBJECT x'))[0]!,
      /^a NO \[BADCHARSET /,
    );
    assert.equal((await c!.run('UID SEARCH $'))[0], '* SEARCH');
    assert.deepEqual(await c!.run('FETCH $ UID'), ['a OK FETCH completed']);
  });
});

describe('COPY and MOVE', () => {
  test('COPYUID, TRYCREATE, and nothing to copy', async () => {
    const [c] = await connect({ messages: three });
    assert.match((await c!.run('COPY 2:3 Archive'))[0]!, /^a OK \[COPYUID \d+ 2:3 1:2\] /);
    assert.match((await c!.run('COPY 1 Nowhere'))[0]!, /^a NO \[TRYCREATE\] /);
    assert.match((await c!.run('UID COPY 9 Archive'))[0]!, /^a OK COPY completed/);
    const same = await c!.run('COPY 1 INBOX');
    assert.deepEqual(same.slice(0, 1), ['* 4 EXISTS']);
    assert.match(same.at(-1)!, /^a OK \[COPYUID \d+ 1 4\] /);
  });

  test('MOVE tells where before what is gone', async () => {
    const [c] = await connect({ messages: three });
    const moved = await c!.run('MOVE 1:2 Archive');
    assert.match(moved[0]!, /^\* OK \[COPYUID \d+ 1:2 1:2\] /);
    assert.deepEqual(moved.slice(1).sort(), ['* 1 EXPUNGE', '* 2 EXPUNGE', 'a OK MOVE completed']);
    assert.match((await c!.run('UID MOVE 1 Archive'))[0]!, /^a OK /);
    assert.match((await c!.run('MOVE 1 Nowhere'))[0]!, /^a NO \[TRYCREATE\] /);
    await c!.run('EXAMINE INBOX');
    assert.match((await c!.run('MOVE 1 Archive'))[0]!, /^a NO \[READ-ONLY\] /);
  });

  test('MOVE with QRESYNC says VANISHED and the new HIGHESTMODSEQ', async () => {
    const [c] = await connect({ messages: three, enable: 'QRESYNC' });
    const moved = await c!.run('UID MOVE 2:3 Archive');
    assert.equal(moved[1], '* VANISHED 2:3');
    assert.match(moved[2]!, /^a OK \[HIGHESTMODSEQ \d+\] /);
  });

  test('of messages that another session removed: numbers must all be there, UIDs need not', async () => {
    const [c, d] = await connect({ messages: three, connections: 2 });
    await d!.run('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await d!.run('EXPUNGE');
    assert.deepEqual(await c!.run('COPY 1:2 Archive'), [
      '* 1 EXPUNGE',
      'a NO [EXPUNGEISSUED] some of these messages are no longer there',
    ]);
    await d!.run('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await d!.run('EXPUNGE');
    const copied = await c!.run('UID COPY 2:3 Archive');
    assert.match(copied.at(-1)!, /^a OK \[COPYUID \d+ 3 1\] /);
    await d!.run('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await d!.run('EXPUNGE');
    assert.match((await c!.run('MOVE 1 Archive')).at(-1)!, /^a NO \[EXPUNGEISSUED\] /);
  });
});

describe('APPEND', () => {
  test('flags, date, and what the selected mailbox tells', async () => {
    const [c] = await connect();
    const told = await c!.append('INBOX (\\Seen $Mine) "17-Jul-1996 02:44:25 -0700" ', simple);
    assert.deepEqual(told.slice(0, 2), ['* 1 EXISTS', '* 1 RECENT']);
    assert.match(told.at(-1)!, /^a OK \[APPENDUID \d+ 1\] /);
    assert.equal(
      (await c!.run('FETCH 1 (FLAGS INTERNALDATE)'))[0],
      '* 1 FETCH (FLAGS (\\Seen $Mine \\Recent) INTERNALDATE "17-Jul-1996 02:44:25 -0700")',
    );
  });

  test('what is refused leaves nothing behind', async () => {
    const [c] = await connect();
    assert.match((await c!.append('Nowhere ', simple))[0]!, /^a NO \[TRYCREATE\] /);
    assert.match((await c!.append('INBOX ', ''))[0]!, /^a NO /);
    assert.match((await c!.append('INBOX ', 'a: b\r\n\r\n\0'))[0]!, /^a BAD /);
    assert.match((await c!.append('INBOX ', simple, { rest: ' more' }))[0]!, /^a BAD /);
    assert.match(
      (await c!.append('INBOX UTF8 (', simple, { binary: true, rest: ')' }))[0]!,
      /^a BAD /,
    );
    assert.match((await c!.append('INBOX ', simple, { breaksAt: 20 }))[0]!, /^a NO /);
    assert.equal(
      (await c!.run('STATUS INBOX (MESSAGES UIDNEXT)'))[0],
      '* STATUS INBOX (MESSAGES 0 UIDNEXT 1)',
    );
  });

  test('NUL in a literal8, and the form of UTF8=ACCEPT', async () => {
    const [c] = await connect({ enable: 'UTF8=ACCEPT' });
    assert.match((await c!.append('INBOX ', 'a: b\r\n\r\n\0', { binary: true })).at(-1)!, /^a OK /);
    assert.equal((await c!.run('FETCH 1 BINARY.PEEK[1]'))[0], '* 1 FETCH (BINARY[1] ~{1}\r\n\0)');
    assert.match(
      (await c!.append('INBOX UTF8 (', simple, { binary: true, rest: ')' })).at(-1)!,
      /^a OK /,
    );
  });
});
