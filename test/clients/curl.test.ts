import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { password, startServer } from './support/server.ts';

test('curl: list, append, fetch whole and in slices, search, over IMAP, STARTTLS and IMAPS', async () => {
  await using server = await startServer();
  const file = join(server.directory, 'message.eml');
  writeFileSync(file, message(1));
  const base = ['--silent', '--show-error', '--insecure', '--user', `anna@example.org:${password}`];
  const curl = async (...words: string[]): Promise<string> =>
    await run('curl', [...base, ...words]);
  const plain = `imap://127.0.0.1:${server.port('imap')}`;
  const secure = `imaps://127.0.0.1:${server.port('imaps')}`;

  assert.match(await curl(`${plain}/`), /\* LIST \(.*\\Sent.*\) "\/" "?Sent"?/);
  await curl('--upload-file', file, `${plain}/INBOX`);
  await curl('--ssl-reqd', '--upload-file', file, `${plain}/INBOX`);
  await curl('--upload-file', file, `${secure}/INBOX`);
  assert.equal(await curl(`${secure}/INBOX;MAILINDEX=3`), message(1));
  assert.equal(await curl(`${plain}/INBOX;UID=2`), message(1));
  assert.equal(
    await curl(`${plain}/INBOX;UID=1;SECTION=TEXT`),
    message(1).split('\r\n\r\n').slice(1).join('\r\n\r\n'),
  );
  assert.match(await curl(`${secure}/INBOX?SUBJECT%20%22number%201%22`), /\* SEARCH 1 2 3/);
  assert.match(
    await curl('--login-options', 'AUTH=PLAIN', '-X', 'EXAMINE INBOX', `${plain}/`),
    /\* 3 EXISTS/,
  );
});
