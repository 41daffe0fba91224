import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asMailboxId } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import { ComingMailboxes } from './coming-mailboxes.ts';
import type { MailboxRow } from './mailbox-state.ts';

const names = ['a', 'b', 'c', 'd'] as readonly string[] as readonly MailboxName[];
const keys = [1, 2, 3, 4, 5, 6];

function rowOf(key: number, name: MailboxName): MailboxRow {
  const mailbox = { id: asMailboxId(`F${key}`), name };
  return { key, changed: 1, keywordIds: [], mailbox: mailbox as MailboxRow['mailbox'] };
}

/** What a step does to a mailbox: gives it a name, or takes it away. */
const change = fc.record({
  key: fc.constantFrom(...keys),
  name: fc.option(fc.constantFrom(...names)),
});
const changes = fc.array(change, { maxLength: 4 });

type Change = { readonly key: number; readonly name: MailboxName | null };

/** Does what is possible: a name is given once, and a mailbox that is gone does not come back. */
function apply(rows: Map<number, MailboxRow>, gone: Set<number>, asked: readonly Change[]) {
  const puts = new Map<number, MailboxRow>();
  const removed = new Set<number>();
  for (const { key, name } of asked) {
    if (gone.has(key)) continue;
    if (name === null) {
      if (!rows.delete(key)) continue;
      puts.delete(key);
      removed.add(key);
      gone.add(key);
    } else if (![...rows.values()].some((row) => row.mailbox.name === name)) {
      const row = rowOf(key, name);
      rows.set(key, row);
      puts.set(key, row);
    }
  }
  return { puts, removed };
}

test('mailboxes as they will be are what is published with every step on top', () => {
  fc.assert(
    fc.property(changes, fc.array(changes, { maxLength: 5 }), (first, later) => {
      const rows = new Map<number, MailboxRow>();
      const gone = new Set<number>();
      apply(rows, gone, first);
      const published = new Map(rows);
      const find = (is: (row: MailboxRow) => boolean) => [...published.values()].find(is);
      const newestFirst = later.map((asked) => apply(rows, gone, asked)).reverse();
      const coming = new ComingMailboxes(
        {
          rows: published,
          byName: (name) => find(({ mailbox }) => mailbox.name === name),
          byId: (id) => find(({ mailbox }) => mailbox.id === id),
        },
        () => newestFirst,
      );
      const inOrder = (all: Iterable<MailboxRow>) => [...all].sort((a, b) => a.key - b.key);
      assert.deepEqual(inOrder(coming.all()), inOrder(rows.values()));
      assert.equal(coming.count, rows.size);
      for (const key of keys) {
        assert.equal(coming.get(key), rows.get(key));
        assert.equal(coming.byId(asMailboxId(`F${key}`)), rows.get(key));
      }
      for (const name of names) {
        const expected = [...rows.values()].find(({ mailbox }) => mailbox.name === name);
        assert.equal(coming.byName(name), expected);
      }
    }),
  );
});
