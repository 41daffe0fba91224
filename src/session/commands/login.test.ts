import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inShort, MemorySession } from '../../../test/support/memory-session.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = base64('\0anna@example.org\0secret');

test('LOGIN answers with the full capabilities', async () => {
  const memory = new MemorySession({ secure: true });
  const [answer] = await memory.responses('LOGIN anna@example.org "secret"');
  assert.ok(answer?.kind === 'tagged' && answer.status === 'OK');
  assert.ok(answer.code?.kind === 'CAPABILITY' && answer.code.capabilities.includes('QRESYNC'));
});

test('passwords in the clear are refused, but not on this machine', async () => {
  const memory = new MemorySession();
  assert.deepEqual(await memory.run('LOGIN anna@example.org secret'), ['NO [PRIVACYREQUIRED]']);
  assert.deepEqual(await memory.run(`AUTHENTICATE PLAIN ${plain}`), ['NO [PRIVACYREQUIRED]']);
  assert.deepEqual(await memory.run('AUTHENTICATE PLAIN'), ['NO [PRIVACYREQUIRED]']);
  const here = new MemorySession({ loopback: true });
  assert.deepEqual(await here.run('LOGIN anna@example.org secret'), ['OK [CAPABILITY]']);
});

test('after too many wrong passwords the connection ends', async () => {
  const memory = new MemorySession({
    loopback: true,
    limits: { loginFailuresPerConnectionMax: 2 },
  });
  assert.deepEqual(await memory.run('LOGIN anna@example.org x'), ['NO [AUTHENTICATIONFAILED]']);
  assert.deepEqual(await memory.run(`AUTHENTICATE PLAIN ${base64('\0a\0b')}`), [
    'NO [AUTHENTICATIONFAILED]',
    '* BYE',
  ]);
});

test('AUTHENTICATE PLAIN, with and without initial response', async () => {
  const memory = new MemorySession({ loopback: true });
  assert.deepEqual(await memory.run(`AUTHENTICATE PLAIN ${plain}`), ['OK [CAPABILITY]']);
  const asked = new MemorySession({ loopback: true });
  asked.line(plain);
  assert.deepEqual(await asked.run('AUTHENTICATE plain'), ['+ ', 'OK [CAPABILITY]']);
});

test('AUTHENTICATE LOGIN asks for name and password', async () => {
  const memory = new MemorySession({ loopback: true });
  memory.line(base64('anna@example.org'));
  memory.line(base64('secret'));
  assert.deepEqual(await memory.run('AUTHENTICATE LOGIN'), [
    `+ ${base64('Username:')}`,
    `+ ${base64('Password:')}`,
    'OK [CAPABILITY]',
  ]);
});

test('cancelled and malformed exchanges are BAD, unknown mechanisms NO', async () => {
  const memory = new MemorySession({ loopback: true });
  for (const line of ['*', 'not base64']) {
    memory.line(line);
    assert.deepEqual(await memory.run('AUTHENTICATE PLAIN'), ['+ ', 'BAD'], line);
  }
  for (const line of ['', base64('no zeros'), base64('\0anna\0'), base64('a\0b\0c\0d')]) {
    memory.line(line);
    const answers = await memory.run('AUTHENTICATE PLAIN');
    assert.deepEqual(answers, ['+ ', 'NO [AUTHENTICATIONFAILED]'], line);
  }
  assert.deepEqual(await memory.run('AUTHENTICATE CRAM-MD5'), ['NO [CANNOT]']);
});

test('nobody acts for somebody else', async () => {
  const memory = new MemorySession({ loopback: true });
  const other = base64('bob@example.org\0anna@example.org\0secret');
  assert.deepEqual(await memory.run(`AUTHENTICATE PLAIN ${other}`), ['NO [AUTHORIZATIONFAILED]']);
  const self = base64('anna@example.org\0anna@example.org\0secret');
  assert.deepEqual(await memory.run(`AUTHENTICATE PLAIN ${self}`), ['OK [CAPABILITY]']);
});

test('STARTTLS once, and only where it is offered', async () => {
  const memory = new MemorySession({ canStartTls: true });
  assert.deepEqual((await memory.responses('CAPABILITY')).map(inShort), [
    '* CAPABILITY IMAP4rev1 IMAP4rev2 STARTTLS LOGINDISABLED SASL-IR LITERAL+ ENABLE ID IDLE LANGUAGE',
    'OK',
  ]);
  assert.deepEqual(await memory.run('STARTTLS'), ['OK']);
  assert.ok(memory.secure);
  assert.deepEqual(await memory.run('STARTTLS'), ['BAD']);
  assert.deepEqual(await memory.run('LOGIN anna@example.org secret'), ['OK [CAPABILITY]']);
  assert.deepEqual(await new MemorySession().run('STARTTLS'), ['BAD']);
});

test('UNAUTHENTICATE that leaves something of the user behind is BYE, never NO (RFC 8437 section 3)', async () => {
  const memory = new MemorySession({ loopback: true });
  const account = memory.account.asAccount();
  const dispose = (): Promise<void> => Promise.reject(new Error('broken'));
  memory.account.asAccount = () => Object.assign(account, { [Symbol.asyncDispose]: dispose });
  await memory.run('LOGIN anna@example.org secret');
  assert.deepEqual(await memory.run('UNAUTHENTICATE'), ['* BYE']);
  assert.equal(memory.session.ended, true);
});
