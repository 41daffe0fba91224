/**
 * A process of its own on somebody's SQLite store: `DIRECTORY ADDRESS` counts in an entry of INBOX, and in one that is
 * there for even numbers alone, and prints each number once it was told that it is kept.
 */
import { writeSync } from 'node:fs';
import { defaultLimits } from '../../src/base/limits.ts';
import { silent } from '../../src/base/logger.ts';
import type { EntryName } from '../../src/model/metadata.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { mailbox } from './context.ts';

const [directory = '', address = ''] = process.argv.slice(2);

const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
const record = await store.directory.find(address);
if (record === undefined) throw new Error(`no account ${address}`);
const account = await store.open(record.id);
const { id } = await mailbox(account, 'INBOX');
const [count, even] = ['/private/count', '/private/even'] as readonly string[] as [
  EntryName,
  EntryName,
];

for (let number = 1; ; number++) {
  const value = Buffer.from(String(number));
  await account.setMetadata(id, {
    entries: [
      [count, value],
      [even, number % 2 === 0 ? value : null],
    ],
  });
  writeSync(1, `${number}\n`);
}
