import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setup } from './lmtp-fixture.ts';

const anna = 'anna@example.org';
const bert = 'bert@example.org';
const lines = ['LHLO mta.example', 'MAIL FROM:<from@example.net>'];

test('an account that is full is told so at RCPT, each recipient for itself', async (t) => {
  const { client } = await setup(t, [
    { address: anna, quota: { messages: 0 } },
    { address: bert, quota: { messages: 1 } },
  ]);
  client.send([...lines, `RCPT TO:<${anna}>`, `RCPT TO:<${bert}>`, ''].join('\r\n'));
  const answers = await client.lines(10);
  assert.deepEqual(answers.slice(-2), [
    `452 4.2.2 <${anna}> mailbox is full, try again later`,
    `250 2.1.5 <${bert}> is here`,
  ]);
});

test('a message that was announced to be larger than what is left is refused at RCPT', async (t) => {
  const { client } = await setup(t, [{ address: anna, quota: { storage: 2000 } }]);
  const mail = (size: number): string =>
    `MAIL FROM:<from@example.net> SIZE=${size}\r\nRCPT TO:<${anna}>\r\nRSET\r\n`;
  client.send(`LHLO mta.example\r\n${mail(2001)}${mail(1500)}${mail(0)}`);
  assert.equal(
    (await client.codes(16)).split(', ').slice(-9).join(' '),
    '250 2.1.0 452 4.2.2 250 2.0.0 250 2.1.0 250 2.1.5 250 2.0.0 250 2.1.0 250 2.1.5 250 2.0.0',
  );
});

test('one that proves too large is refused behind its end for that recipient alone', async (t) => {
  const { client, kept, staged } = await setup(t, [
    { address: anna, quota: { storage: 1000 } },
    { address: bert },
  ]);
  await client.begin(anna, bert);
  client.send(`Subject: x\r\n\r\n${'x'.repeat(990)}\r\n.\r\n`);
  assert.equal(await client.codes(2), '452 4.2.2, 250 2.0.0');
  assert.deepEqual([...kept.keys()], [`${bert} INBOX`]);
  assert.ok((staged.get(anna) ?? 0) <= 1000);
  client.send('NOOP\r\n');
  assert.equal(await client.codes(1), '250 2.0.0');
});

test('a large one is no longer kept from where it is too large on', async (t) => {
  const { client, staged } = await setup(t, [
    { address: anna, quota: { storage: 3_000_000 }, forget: true },
  ]);
  await client.begin(anna);
  const line = `${'x'.repeat(998)}\r\n`;
  for (let n = 0; n < 10; n += 1) client.send(line.repeat(1000));
  client.send('.\r\n');
  assert.equal(await client.codes(1), '452 4.2.2');
  assert.ok((staged.get(anna) ?? 0) <= 3_000_000);
});

test('an operator may have the sender told at once', async (t) => {
  const full = { address: anna, quota: { messages: 0 } };
  const { client } = await setup(t, [full], { overQuota: 'reject' });
  client.send([...lines, `RCPT TO:<${anna}>`, ''].join('\r\n'));
  assert.equal((await client.lines(9)).at(-1), `552 5.2.2 <${anna}> mailbox is full`);
});
