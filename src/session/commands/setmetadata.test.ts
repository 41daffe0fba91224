import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySession } from '../../../test/support/memory-session.ts';
import type { MetadataEdit } from '../../store/metadata.ts';
import type { Account } from '../../store/store.ts';
import { StoreError } from '../../store/store-error.ts';

async function session(
  setMetadata: Account['setMetadata'],
  limits: ConstructorParameters<typeof MemorySession>[0] = {},
): Promise<MemorySession> {
  const memory = await MemorySession.loggedIn(limits);
  Object.assign(memory.account, { setMetadata });
  return memory;
}

test('too many entries, and what else a store says', async () => {
  let code: ConstructorParameters<typeof StoreError>[0] = 'limit';
  const memory = await session(() => Promise.reject(new StoreError(code, 'no')));
  const [answer] = await memory.responses('SETMETADATA INBOX (/private/comment "x")');
  assert.ok(answer?.kind === 'tagged' && answer.status === 'NO');
  assert.deepEqual(answer.code, { kind: 'METADATA', what: 'TOOMANY' });
  code = 'mailbox-not-found';
  const command = 'SETMETADATA INBOX (/private/comment "x")';
  assert.deepEqual(await memory.run(command), ['NO [NONEXISTENT]']);
});

test('the special use goes its own way, the last one counts, values are copies', async () => {
  const edits: MetadataEdit[] = [];
  const memory = await session((_, edit) => {
    edits.push(edit);
    return Promise.resolve();
  });
  await memory.run('CREATE box');
  const bytes = Buffer.from(
    't SETMETADATA box (/private/specialuse "\\\\Sent" /private/a "1" /PRIVATE/specialuse NIL)',
  );
  await memory.session.execute({ bytes });
  const value = bytes.indexOf('1');
  bytes.fill('2', value, value + 1);
  assert.deepEqual(edits, [
    { entries: [['/private/a', new Uint8Array([0x31])]], specialUse: null },
  ]);
  await memory.run('SETMETADATA "" (/private/specialuse "x")');
  assert.equal(edits[1]?.specialUse, undefined);
  assert.equal(edits[1]?.entries.length, 1);
});

test('a value, a name and a literal that are too large', async () => {
  const memory = await session(() => assert.fail('nothing is to be set'), {
    limits: { metadataValueBytesMax: 4, metadataNameBytesMax: 12 },
  });
  const tooLarge = { kind: 'METADATA', what: 'MAXSIZE', size: 4 };
  const [answer] = await memory.responses('SETMETADATA INBOX (/private/a "12345")');
  assert.ok(answer?.kind === 'tagged');
  assert.deepEqual([answer.status, answer.code], ['NO', tooLarge]);
  assert.deepEqual(await memory.run('SETMETADATA INBOX (/private/abcd "1")'), ['NO [LIMIT]']);
});
