import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asMailboxId, asModSeq } from '../../model/ids.ts';
import type { Mailbox } from '../store.ts';
import { MailboxState, type MailboxRow } from './mailbox-state.ts';

function rowOf(key: number, name: string): MailboxRow {
  const counters = { messages: 0, unseen: 0, deleted: 0, size: 0, deletedSize: 0 };
  const mailbox = { id: asMailboxId(`F${key}`), name, selectable: true, ...counters };
  return { key, changed: 1, keywordIds: [], mailbox: mailbox as unknown as Mailbox };
}

const act = fc.oneof(
  fc.record({ key: fc.nat(80), name: fc.string({ maxLength: 3 }) }),
  fc.record({ key: fc.nat(80), name: fc.constant(undefined) }),
  fc.constant('list' as const),
);

test('the list is ordered by name, whatever came, went and was renamed since it was asked for', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const state = new MailboxState(asModSeq(1));
      const names = new Map<number, string>();
      for (const one of acts) {
        if (one === 'list') {
          const expected = [...names.values()].sort();
          assert.deepEqual(
            state.list().map(({ name }) => name as string),
            expected,
          );
          assert.equal(state.list(), state.list());
        } else if (one.name === undefined) {
          names.delete(one.key);
          state.remove(one.key);
        } else if (![...names.values()].includes(one.name)) {
          names.set(one.key, one.name);
          state.put(rowOf(one.key, one.name));
        }
      }
      assert.equal(state.list().length, names.size);
    }),
  );
});
