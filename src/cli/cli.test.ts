import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';

const main = join(import.meta.dirname, '../main.ts');
const program = join(import.meta.dirname, 'program.ts');
let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'restante-cli-'));
});

after(() => {
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs several commands one after the other in one process, since starting one takes most of the time. */
async function commands(lines: readonly string[], input = ''): Promise<Outcome[]> {
  const mark = '\u0001';
  const script = `
    const { main } = await import(${JSON.stringify(program)});
    for (const line of ${JSON.stringify(lines)}) {
      const code = await main(line.split(' '));
      process.stdout.write('${mark}' + code + '${mark}');
      process.stderr.write('${mark}');
    }
    process.exit();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
  });
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const parts = out.split(mark);
  const errors = err.split(mark);
  return lines.map((_, n) => ({
    out: parts[2 * n] ?? '',
    code: Number(parts[2 * n + 1]),
    err: errors[n] ?? '',
  }));
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += String(chunk);
  return all;
}

test('a capability is switched for one account, and what it has is listed', async () => {
  const store = '--store sqlite:switches';
  const [, off, on, list, others, back, wrong, unsaid, nobody] = await commands(
    [
      `user add anna@example.org --password-stdin ${store}`,
      `user capability anna@example.org condstore off ${store}`,
      `user capability anna@example.org UIDONLY on ${store}`,
      `user capability anna@example.org ${store}`,
      `user capability anna@example.org ${store} --capabilities NOTIFY=off --capabilities CONDSTORE=off`,
      `user capability anna@example.org CONDSTORE default ${store}`,
      `user capability anna@example.org CONSTORE off ${store}`,
      `user capability anna@example.org CONDSTORE ${store}`,
      `user capability bert@example.org CONDSTORE off ${store}`,
    ],
    'secret\n',
  );
  assert.equal(off?.out, 'CONDSTORE\toff\tfor this account\n');
  assert.equal(on?.out, 'UIDONLY\ton\tfor this account\n');
  assert.match(list?.out ?? '', /^CONDSTORE\toff\tfor this account$/m);
  assert.match(list?.out ?? '', /^QRESYNC\toff\tneeds CONDSTORE$/m);
  assert.match(list?.out ?? '', /^NOTIFY\ton\tdefault$/m);
  assert.match(others?.out ?? '', /^NOTIFY\toff\tfor everybody$/m);
  assert.equal(back?.out, 'CONDSTORE\ton\tdefault\n');
  assert.deepEqual([wrong?.code, unsaid?.code, nobody?.code], [2, 2, 1]);
  assert.match(wrong?.err ?? '', /there is no capability CONSTORE; did you mean CONDSTORE\?/);
  assert.match(unsaid?.err ?? '', /write on, off or default behind CONDSTORE/);
  assert.match(nobody?.err ?? '', /there is no such account/);
});

test('a quota is shown and laid down, for one account or for all', async () => {
  const store = '--store sqlite:quotas';
  const [, none, set, more, left, all, wrong, both, nobody, admin, listed, revoked] =
    await commands(
      [
        `user add anna@example.org --password-stdin ${store}`,
        `user quota anna@example.org ${store}`,
        `user quota anna@example.org --storage 2GiB --messages 100 ${store}`,
        `user quota anna@example.org ${store} --quota mailboxes=50 --quota storage=1536KiB`,
        `user quota anna@example.org --storage default --messages none ${store} --quota messages=7`,
        `user quota anna@example.org --none ${store} --quota messages=7`,
        `user quota anna@example.org --storage much ${store}`,
        `user quota anna@example.org --none --default ${store}`,
        `user quota bert@example.org ${store}`,
        `user admin anna@example.org ${store}`,
        `user list ${store}`,
        `user admin anna@example.org --revoke ${store}`,
      ],
      'secret\n',
    );
  const shown = (storage: string, messages: string, mailboxes: string): string =>
    `storage\t0 B\t${storage}\nmessages\t0\t${messages}\nmailboxes\t6\t${mailboxes}\n`;
  const [no, own] = ['no limit\tdefault', 'for this account'];
  assert.deepEqual(none, { code: 0, out: shown(no, no, no), err: '' });
  assert.equal(set?.out, shown(`2 GiB\t${own}`, `100\t${own}`, no));
  assert.equal(more?.out, shown(`2 GiB\t${own}`, `100\t${own}`, '50\tdefault'));
  assert.equal(left?.out, shown(no, `no limit\t${own}`, no));
  assert.equal(all?.out, shown(`no limit\t${own}`, `no limit\t${own}`, `no limit\t${own}`));
  assert.deepEqual([wrong?.code, both?.code, nobody?.code], [2, 2, 1]);
  assert.match(wrong?.err ?? '', /--storage "much": write a whole number.*GiB.*, or none/);
  assert.match(nobody?.err ?? '', /bert@example\.org: there is no such account/);
  assert.equal(admin?.out, 'restante: anna@example.org is an administrator\n');
  assert.match(listed?.out ?? '', /^anna@example\.org\t\t[\d-]+\tadministrator\n$/);
  assert.match(revoked?.out ?? '', /is no longer an administrator/);
});

test('accounts are added, listed, given passwords and removed', async () => {
  const store = '--store sqlite:accounts';
  const [noStore, added, twice, made, listed, changed, unsure, removed, unknown, left] =
    await commands(
      [
        `user list ${store}`,
        `user add anna@example.org --alias a@example.org --password-stdin ${store}`,
        `user add anna@example.org ${store}`,
        `user add bert@example.org ${store}`,
        `user list ${store}`,
        `user passwd bert@example.org ${store}`,
        `user remove bert@example.org ${store}`,
        `user remove bert@example.org --yes ${store}`,
        `user passwd bert@example.org ${store}`,
        `user list ${store}`,
      ],
      'secret\n',
    );
  assert.equal(noStore?.code, 1);
  assert.match(noStore?.err ?? '', /^restante: there is no store at sqlite:accounts: .*--store/);
  assert.deepEqual(added, { code: 0, out: 'restante: added anna@example.org\n', err: '' });
  assert.equal(twice?.code, 1);
  assert.match(twice?.err ?? '', /^restante: anna@example\.org: .*\n$/);
  assert.equal(made?.code, 0);
  assert.match(made?.out ?? '', /its password is [a-z2-9]{4}(-[a-z2-9]{4}){3}\n$/);
  assert.match(listed?.out ?? '', /^anna@example\.org\ta@example\.org\t20\d\d-\d\d-\d\d\nbert@/);
  assert.equal(changed?.code, 0);
  assert.match(changed?.out ?? '', /its password is /);
  assert.equal(unsure?.code, 2);
  assert.match(unsure?.err ?? '', /--yes/);
  assert.equal(removed?.code, 0);
  assert.equal(unknown?.code, 1);
  assert.match(left?.out ?? '', /^anna@example\.org\t[^\n]*\n$/);
});

test('what is called or configured wrongly ends with 2 and says how to do it', async () => {
  await using taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' ? address?.port : 0;
  writeFileSync(join(folder, 'bad.toml'), 'stroe = "x"\n');
  writeFileSync(join(folder, 'bad.pem'), 'no certificate\n');
  const outcomes = await commands([
    'user add nonsense',
    'serve --listen imap:nowhere',
    'serve --lisen x',
    'serve --config bad.toml',
    'serve --config missing.toml',
    'serve --tls-cert missing.pem --tls-key missing.pem',
    'serve --tls-cert bad.pem --tls-key bad.pem',
    'unknown',
    // Alone: workers are started with the options of this process, which runs a script and not the program.
    `serve --workers 1 --listen imap://127.0.0.1:${port}`,
    '--version',
    'user add \uff41nna@example.org',
  ]);
  const codes = outcomes.map(({ code }) => code);
  assert.deepEqual(codes, [2, 2, 2, 2, 2, 2, 2, 2, 1, 0, 2]);
  for (const { err, code } of outcomes) if (code !== 0) assert.match(err, /^restante: /m);
  const says = (n: number, words: RegExp): void => assert.match(outcomes[n]?.err ?? '', words);
  says(0, /"nonsense" is not a mail address/);
  says(10, /like anna@example\.org/);
  says(1, /--listen "imap:nowhere"/);
  says(3, /bad\.toml: stroe/);
  says(5, /tls-cert "missing\.pem"/);
  says(6, /tls-cert and tls-key/);
  says(8, /another program/);
  assert.match(outcomes[9]?.out ?? '', /^\d+\.\d+\.\d+\n$/);
});

interface Serving {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly port: (scheme: string) => number;
}

async function serving(words: readonly string[]): Promise<Serving> {
  const child = spawn(process.execPath, [main, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ready = Promise.withResolvers<string>();
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    const line = /^restante: ready (.*)$/m.exec(out)?.[1];
    if (line !== undefined) ready.resolve(line);
  });
  child.once('exit', (code) => ready.reject(new Error(`ended with ${code}: ${err}`)));
  const line = await ready.promise;
  return {
    child,
    output: () => out,
    port: (scheme) =>
      Number(new RegExp(`(?:^| )${scheme}://127\\.0\\.0\\.1:(\\d+)`).exec(line)?.[1]),
  };
}

async function certificate(): Promise<void> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' });
  writeFileSync(join(folder, 'cert.pem'), made.cert);
  writeFileSync(join(folder, 'key.pem'), made.private);
}

async function visit(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'data');
  return socket;
}

test('serve says that it is ready, takes a new certificate at SIGHUP and stops at SIGTERM', async () => {
  await certificate();
  const tls = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem'];
  const listen = ['imap', 'imaps', 'lmtp'].flatMap((scheme) => [
    '--listen',
    `${scheme}://127.0.0.1:0`,
  ]);
  const { child, output, port } = await serving([
    'serve',
    '--store',
    'sqlite:served',
    ...listen,
    ...tls,
  ]);
  const first = await visit(port('imaps'));
  const before = first.getPeerX509Certificate()?.fingerprint256;
  await certificate();
  child.kill('SIGHUP');
  let now = before;
  for (let tries = 0; now === before && tries < 100; tries += 1) {
    await sleep(20);
    const socket = await visit(port('imaps'));
    now = socket.getPeerX509Certificate()?.fingerprint256;
    socket.destroy();
  }
  assert.notEqual(now, before);
  first.write('a NOOP\r\n');
  const [answer] = (await once(first, 'data')) as [Buffer];
  assert.match(answer.toString(), /^a OK/);
  const farewell = text(first);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0);
  assert.match(await farewell, /^\* BYE/);
  assert.equal(output().trim().split('\n').length, 1, 'one line and no more on standard output');
});

test('start makes a certificate, an account and a welcome, once', async () => {
  const listen = ['imap', 'imaps', 'lmtp'].flatMap((scheme) => [
    '--listen',
    `${scheme}://127.0.0.1:0`,
  ]);
  const stop = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
  };
  const first = await serving(['start', ...listen]);
  const password = /password {2}(\S+)/.exec(first.output())?.[1] ?? '';
  const socket = await visit(first.port('imaps'));
  socket.write(`a LOGIN me@localhost ${password}\r\nb STATUS INBOX (MESSAGES)\r\nc LOGOUT\r\n`);
  assert.match(await text(socket), /STATUS INBOX \(MESSAGES 1\)/);
  await stop(first.child);
  assert.ok(readdirSync(join(folder, 'restante-data')).includes('tls-cert.pem'));
  assert.equal(statSync(join(folder, 'restante-data/tls-key.pem')).mode & 0o777, 0o600);
  const second = await serving(['start', ...listen]);
  assert.ok(!second.output().includes('password  '));
  assert.match(second.output(), /user passwd me@localhost/);
  await stop(second.child);
});

test('who has seen enough of the output does not break a command off', async () => {
  const words = [main, 'user', 'add', '--help'];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  assert.equal(await text(child.stderr), '');
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 0);
});

test('an account without a login is made and shared, mailbox by mailbox', async () => {
  const store = '--store sqlite:sharing';
  const [
    ,
    added,
    all,
    one,
    taken,
    list,
    inboxOnly,
    passwd,
    users,
    wrong,
    nobody,
    nowhere,
    ...more
  ] = await commands(
    [
      `user add anna@example.org --password-stdin ${store}`,
      `user add info@example.org --shared ${store}`,
      `acl grant info@example.org all anna@example.org write ${store}`,
      `acl grant info@example.org Trash anyone lr ${store}`,
      `acl revoke info@example.org Drafts anna@example.org ${store}`,
      `acl list info@example.org ${store}`,
      `acl list info@example.org inbox ${store}`,
      `user passwd info@example.org --password-stdin ${store}`,
      `user list ${store}`,
      `acl grant info@example.org INBOX anna@example.org lrq ${store}`,
      `acl grant info@example.org INBOX bert@example.org lr ${store}`,
      `acl grant info@example.org Nowhere anna@example.org lr ${store}`,
      `acl grant anna@example.org INBOX info@example.org lr ${store}`,
      `user admin info@example.org ${store}`,
      `user capability info@example.org ACL off ${store}`,
      `user add team@example.org --shared --password-stdin ${store}`,
      `acl grant anna@example.org INBOX anna@example.org r ${store}`,
      `acl revoke anna@example.org INBOX anna@example.org ${store}`,
      `acl grant ${store} anna@example.org INBOX -- -anyone w`,
      `acl grant ${store} anna@example.org INBOX anyone `,
      `acl revoke anna@example.org INBOX anyone ${store}`,
    ],
    'secret\n',
  );
  assert.equal(added?.out, 'restante: added info@example.org\n');
  assert.equal(
    all?.out,
    'restante: anna@example.org may lrswipkxte with all of info@example.org\n',
  );
  assert.deepEqual([one?.code, taken?.code], [0, 0]);
  assert.equal(
    list?.out,
    ['INBOX', 'Archive', 'Junk', 'Sent', 'Trash']
      .map((name) => `${name}\tanna@example.org\tlrswipkxtecd\n`)
      .join('') + 'Trash\tanyone\tlr\n',
  );
  assert.equal(inboxOnly?.out, 'INBOX\tanna@example.org\tlrswipkxtecd\n');
  assert.equal(passwd?.code, 1);
  assert.match(users?.out ?? '', /^info@example\.org\t\t\d{4}-\d\d-\d\d\tshared$/m);
  assert.deepEqual([wrong?.code, nobody?.code, nowhere?.code], [2, 1, 1]);
  assert.match(nobody?.err ?? '', /bert@example\.org: there is no such user/);
  assert.deepEqual(
    more.map(({ code, err, out }) => `${code} ${err}${out}`.trim()),
    [
      ...Array.from<string>({ length: 3 }).fill(
        '1 restante: info@example.org: nobody logs in to a shared account',
      ),
      '2 restante: --shared: nobody logs in, so there is no password to read',
      '0 restante: anna@example.org may lra with INBOX of anna@example.org',
      '0 restante: anna@example.org may do everything with INBOX of anna@example.org',
      '0 restante: anyone may not w with INBOX of anna@example.org',
      '0 restante: anyone may do nothing with INBOX of anna@example.org',
      '0 restante: anyone has no entry in the list of INBOX of anna@example.org',
    ],
  );
});
