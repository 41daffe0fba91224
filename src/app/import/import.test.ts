import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { defaultLimits, type Limits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { asUid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import { openSqliteStore } from '../../store/sqlite/store.ts';
import { StoreError } from '../../store/store-error.ts';
import type { Account } from '../../store/store.ts';
import { discover } from './discover.ts';
import { importMail, type ImportOptions } from './import.ts';
import type { MboxFormat } from './mbox.ts';
import { Tally, type ImportReport } from './report.ts';

interface Bench {
  readonly folder: string;
  readonly account: Account;
  /** Writes a file below the folder, with this time. */
  readonly write: (path: string, content: string | Buffer, time?: string) => Promise<string>;
  readonly run: (paths: readonly string[], options?: Partial<RunOptions>) => Promise<ImportReport>;
  /** What a mailbox holds: text, flags and date of each message. */
  readonly held: (name: string) => Promise<{ text: string; flags: string; date: string }[]>;
}

type RunOptions = Omit<ImportOptions, 'sources' | 'tally' | 'limits'> & {
  readonly format: MboxFormat;
  readonly limits: Partial<Limits>;
};

async function bench(t: TestContext): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'restante-import-'));
  const store = await openSqliteStore({
    directory: join(folder, 'store'),
    limits: defaultLimits,
    logger: silent,
    sync: 'relaxed',
  });
  const { id } = await store.directory.add({ address: 'anna@example.org', passwordHash: '' });
  const account = await store.open(id);
  t.after(async () => {
    await account[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  return {
    folder,
    account,
    write: async (path, content, time = '2020-02-03T04:05:06Z') => {
      const full = join(folder, path);
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, content, 'latin1');
      await utimes(full, new Date(time), new Date(time));
      return full;
    },
    run: async (paths, { format = 'auto', limits = {}, ...options } = {}) => {
      const tally = new Tally();
      const full = paths.map((path) => join(folder, path));
      const sources = await discover(full, { mboxFormat: format, note: tally.note });
      return await importMail({
        account,
        limits: { ...defaultLimits, ...limits },
        sources,
        tally,
        ...options,
      });
    },
    held: (name) => held(account, name),
  };
}

async function held(account: Account, name: string) {
  const mailbox = (await account.mailboxes()).find((each) => each.name === name);
  assert.ok(mailbox !== undefined, `there is no ${name}`);
  await using view = await account.view(mailbox.id);
  const found = [];
  for (let row = 0; row < view.count; row += 1) {
    const content = await account.content(view.message(row));
    const parts: Uint8Array[] = [];
    for await (const part of content.read(0, content.size)) parts.push(part);
    const { epochSeconds, zoneMinutes } = view.internalDate(row);
    found.push({
      text: Buffer.concat(parts).toString('latin1'),
      flags: view.flags(row).flags.join(' '),
      date: `${new Date(epochSeconds * 1000).toISOString().slice(0, 19)} ${zoneMinutes}`,
    });
  }
  return found;
}

const counts = ({ imported, stored, repeated, failed }: ImportReport) => [
  imported,
  stored,
  repeated,
  failed,
];
const odd = ({ oddities }: ImportReport) =>
  Object.fromEntries([...oddities].map(([oddity, { count }]) => [oddity, count]));
const mail = (n: number, more = '') => `Subject: ${n}\r\n${more}\r\nbody ${n}\r\n`;

test('eml files: bytes, dates, what is odd, and nothing the second time', async (t) => {
  const { write, run, held: read } = await bench(t);
  const received =
    'Received: from x by y; Mon, 1 Jun 2015 10:00:00 +0200\r\nDate: Tue, 2 Jun 2015 10:00:00 +0000\r\n';
  await write('mail/1.eml', mail(1, received));
  await write('mail/2.eml', 'Date: Tue, 2 Jun 2015 10:00:00 +0000\nSubject: lf\n\nbody\n');
  await write('mail/3.eml', `${mail(3)}mixed\nend`);
  await write('mail/4.eml', `From x Thu Jan  1 00:00:00 2015\r\n${mail(4)}`);
  await write('mail/5.eml', '');
  await write('mail/6.eml', 'no header, a \0 byte\r\n');
  await write('mail/7.eml', mail(1, received));
  await write('mail/8.msg', Buffer.from('d0cf11e0a1b11ae1', 'hex'));
  await write('mail/deep/9', mail(9));
  await write('mail/notes.txt', 'dear diary\n');
  const report = await run(['mail']);
  assert.deepEqual(counts(report), [6, 0, 1, 0]);
  assert.deepEqual(odd(report), {
    'not-mail': 1,
    'bare-lf': 1,
    'mixed-line-ends': 1,
    'bad-date': 4,
    'no-header': 2,
    nul: 1,
    empty: 1,
  });
  const got = await read('INBOX');
  assert.deepEqual(
    got.map(({ text }) => text),
    [
      mail(1, received),
      'Date: Tue, 2 Jun 2015 10:00:00 +0000\r\nSubject: lf\r\n\r\nbody\r\n',
      `${mail(3)}mixed\r\nend`,
      `From x Thu Jan  1 00:00:00 2015\r\n${mail(4)}`,
      'no header, a \0 byte\r\n',
      mail(9),
    ],
  );
  assert.deepEqual(got.map(({ date }) => date).slice(0, 3), [
    '2015-06-01T08:00:00 120',
    '2015-06-02T10:00:00 0',
    '2020-02-03T04:05:06 0',
  ]);
  assert.deepEqual(counts(await run(['mail'])), [0, 6, 1, 0]);
  assert.deepEqual(await read('INBOX'), got);
});

test('of equal messages the first is kept, though it takes longest to read', async (t) => {
  const { write, run, held: read } = await bench(t);
  await write('md/cur/1000.a:2,', gzipSync(mail(1)));
  await write('md/cur/1001.b:2,', mail(2));
  await write('md/cur/1002.c:2,', mail(1));
  for (const folder of ['new', 'tmp']) await mkdir(join(dirname(await write('md/x', '')), folder));
  assert.deepEqual(counts(await run(['md'])).slice(0, 3), [2, 0, 1]);
  const got = (await read('INBOX')).map(({ text }) => text);
  assert.deepEqual(got, [mail(1), mail(2)]);
});

test('an mbox: quoting, flags of its programs, dates, folder data', async (t) => {
  const { write, run, held: read } = await bench(t);
  const from = 'From a@b Fri Jul  8 12:08:34 2011\n';
  await write(
    'old.mbox',
    [
      `${from}Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 1\n\nThis text is part\n`,
      `${from}Subject: 1\nStatus: RO\nX-Status: AF\nX-Keywords: $Label1 work (bad\n\n>From here\n>>From there\n`,
      `${from}Subject: 2\nX-Mozilla-Status: 1003\n\nx\n`,
      `From -\nSubject: 3\nDate: Tue, 2 Jun 2015 10:00:00 +0530\n\nx\n`,
    ].join('\n'),
  );
  const report = await run(['old.mbox'], { top: mailboxName('Old/Box') });
  assert.deepEqual(counts(report), [3, 0, 0, 0]);
  assert.deepEqual(report.created, ['Old/Box']);
  assert.deepEqual(odd(report), { internal: 1, 'bad-keyword': 1, 'bare-lf': 3 });
  const got = await read('Old/Box');
  assert.match(got[0]?.text ?? '', /\r\n\r\nFrom here\r\n>>From there\r\n$/);
  assert.deepEqual(
    got.map(({ flags, date }) => `${flags} ${date}`),
    [
      '\\Answered \\Flagged \\Seen $Label1 work 2011-07-08T12:08:34 0',
      '\\Answered \\Seen $Forwarded 2011-07-08T12:08:34 0',
      ' 2015-06-02T04:30:00 330',
    ],
  );
  assert.deepEqual(counts(await run(['old.mbox'], { top: mailboxName('Old/Box') })), [0, 3, 0, 0]);
  await run(['old.mbox'], { top: mailboxName('Rd'), format: 'mboxrd' });
  assert.match((await read('Rd'))[0]?.text ?? '', /\r\n\r\nFrom here\r\n>From there\r\n$/);
});

test('a Maildir++ tree: names, flags, dates, order, special uses', async (t) => {
  const { write, run, held: read, account, folder } = await bench(t);
  await write('M/cur/200.b:2,RS', mail(2), '2012-02-02T00:00:00Z');
  await write('M/cur/100.a:2,FTab', mail(1), '2011-01-01T00:00:00Z');
  await write('M/new/300.c', mail(3));
  await write('M/tmp/400.d', mail(4));
  await write('M/dovecot-keywords', '0 $Forwarded\n1 work\n');
  await write('M/dovecot.index.log', 'x');
  await write('M/subscriptions', 'x');
  await write('M/.Sent Items/cur/1.x:2,S', mail(5));
  await write('M/.Entw&APw-rfe.Alt/cur/1.y:2,DP', gzipSync(Buffer.from(mail(6))));
  await write('M/.Entw&APw-rfe.Alt/new/.hidden', mail(7));
  await mkdir(join(folder, 'M/.empty/cur'), { recursive: true });
  await symlink(join(folder, 'M'), join(folder, 'M/.loop'));
  const report = await run(['M']);
  assert.deepEqual(counts(report), [5, 0, 0, 0]);
  assert.deepEqual(report.created, ['Entwürfe/Alt', 'empty']);
  assert.deepEqual(await read('INBOX'), [
    { text: mail(1), flags: '\\Flagged \\Deleted $Forwarded work', date: '2011-01-01T00:00:00 0' },
    { text: mail(2), flags: '\\Answered \\Seen', date: '2012-02-02T00:00:00 0' },
    { text: mail(3), flags: '', date: '2020-02-03T04:05:06 0' },
  ]);
  assert.equal((await read('Sent')).length, 1);
  assert.deepEqual(
    (await read('Entwürfe/Alt')).map(({ text, flags }) => [text, flags]),
    [[mail(6), '\\Draft $Forwarded']],
  );
  const made = (await account.mailboxes()).find(({ name }) => name === 'Entwürfe/Alt');
  assert.equal(made?.subscribed, true);
  assert.deepEqual(counts(await run(['M'])), [0, 5, 0, 0]);
});

test('nested folders, mbox files by their names, everything below one mailbox', async (t) => {
  const { write, run, held: read } = await bench(t);
  await write('T/INBOX/cur/1.a:2,', mail(1));
  await write('T/Work/Plans/cur/1.b:2,', mail(2));
  await write('T/Inbox.sbd/Lists.mbox', `From -\n${mail(3)}`);
  await write('T/we%ird/new/1', mail(4));
  await write('T/we%ird/tmp/2', mail(5));
  await run(['T'], { top: mailboxName('Import') });
  const all = ['Import', 'Import/Work/Plans', 'Import/Lists', 'Import/we_ird'];
  for (const name of all) assert.equal((await read(name)).length, 1, name);
});

test('a dry run changes nothing and says what would be', async (t) => {
  const { write, run, account } = await bench(t);
  await write('M/.New/cur/1', mail(1));
  await write('M/cur/2', mail(2));
  const before = account.modSeq;
  const report = await run(['M'], { dryRun: true });
  assert.deepEqual([...counts(report), report.created.join()], [2, 0, 0, 0, 'New']);
  assert.equal(account.modSeq, before);
});

test('stopped in the middle, then run again: every message once, in order', async (t) => {
  const { write, run, held: read } = await bench(t);
  const all = Array.from({ length: 400 }, (_, n) => mail(n));
  await write('big.mbox', all.map((text) => `From - \n${text}\n`).join(''));
  const stop = new AbortController();
  const first = await run(['big.mbox'], {
    signal: stop.signal,
    onProgress: (done) => done >= 100 && stop.abort(),
  });
  assert.equal(first.interrupted, true);
  assert.ok(first.imported >= 100 && first.imported < 400, `${first.imported}`);
  const second = await run(['big.mbox']);
  assert.deepEqual(counts(second), [400 - first.imported, first.imported, 0, 0]);
  assert.deepEqual(
    (await read('INBOX')).map(({ text }) => text),
    all,
  );
});

test('messages of one size are told apart by their bytes; removed ones come back', async (t) => {
  const { write, run, held: read, account } = await bench(t);
  await write('a/1.eml', mail(1));
  await write('a/2.eml', mail(2));
  await run(['a']);
  await write('a/3.eml', mail(3));
  assert.deepEqual(counts(await run(['a'])), [1, 2, 0, 0]);
  const inbox = (await account.mailboxes()).find(({ name }) => name === 'INBOX');
  const uids = NumberSet.of([asUid(1)]);
  assert.ok(inbox !== undefined);
  await account.flag(inbox.id, uids, { mode: 'add', flags: ['\\Deleted' as never] });
  await account.expunge(inbox.id, uids);
  assert.deepEqual(counts(await run(['a'])), [1, 2, 0, 0]);
  assert.equal((await read('INBOX')).length, 3);
});

test('large and too large messages, files that cannot be read', async (t) => {
  const { write, run, held: read, folder } = await bench(t);
  const large = `Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(3000)}`;
  await write('a/1.eml', large);
  await write('a/2.eml', `${large}more`);
  await write('a/3.eml', mail(3));
  await symlink(join(folder, 'nowhere'), join(folder, 'a/4.eml'));
  const options = { limits: { messageBytesMax: large.length } };
  const report = await run(['a'], options);
  assert.deepEqual(counts(report), [2, 0, 0, 1]);
  assert.equal(report.oddities.get('too-large')?.examples[0], join(folder, 'a/2.eml'));
  assert.ok((await read('INBOX'))[0]?.text === large);
  assert.deepEqual(counts(await run(['a'], options)), [0, 2, 0, 1]);
  await assert.rejects(run(['nowhere']), { code: 'ENOENT' });
});

test('one message that the store refuses does not keep the others out; a full store ends it', async (t) => {
  const { write, run, account, held: read } = await bench(t);
  for (let n = 0; n < 5; n += 1) await write(`a/${n}.eml`, mail(n));
  const refusing = (code: 'limit' | 'full'): Account =>
    new Proxy(account, {
      get: (real, key) => {
        if (key === 'append') {
          return async (...[id, messages, options]: Parameters<Account['append']>) => {
            if (messages.some(({ staged }) => staged.facts.envelope.subject === '2')) {
              throw new StoreError(code, 'refused');
            }
            return await real.append(id, messages, options);
          };
        }
        const value: unknown = Reflect.get(real, key, real);
        return typeof value === 'function' ? value.bind(real) : value;
      },
    });
  await assert.rejects(run(['a'], { account: refusing('full') }), { code: 'full' });
  const report = await run(['a'], { account: refusing('limit') });
  assert.deepEqual(counts(report), [4, 0, 0, 1]);
  assert.equal((await read('INBOX')).length, 4);
});
