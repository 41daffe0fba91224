/**
 * A process of its own on somebody's SQLite store: `DIRECTORY ADDRESS COUNT WRITERS` appends messages to
 * INBOX and prints the UID and subject of each once it was told that it is kept.
 */
import { writeSync } from 'node:fs';
import { defaultLimits } from '../../src/base/limits.ts';
import { silent } from '../../src/base/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { bytes, mailbox, received, text } from './context.ts';

const [directory = '', address = '', count = '1', writers = '1'] = process.argv.slice(2);

const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
const record = await store.directory.find(address);
if (record === undefined) throw new Error(`no account ${address}`);
const account = await store.open(record.id);
const { id } = await mailbox(account, 'INBOX');

let next = 0;
await Promise.all(
  Array.from({ length: Number(writers) }, async (_, writer) => {
    while (next < Number(count)) {
      const subject = `${process.pid}.${writer}.${next++}`;
      await using staged = await account.stage(
        bytes(text(subject, `X-Fill: ${'x'.repeat(next % 3000)}\r\n`)),
      );
      const { uids } = await account.append(id, [{ staged, flags: [], internalDate: received }]);
      // At once, past every buffer: what is printed was acknowledged.
      writeSync(1, `${uids[0]} ${subject}\n`);
    }
  }),
);
await store[Symbol.asyncDispose]();
