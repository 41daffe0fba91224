import { randomUUID } from 'node:crypto';
import { inbox } from '../model/mailbox-name.ts';
import type { AccountRecord } from '../model/account.ts';
import type { Store } from '../store/store.ts';

/** Puts the first message into a new account's INBOX, so that there is something to look at. */
export async function welcome(store: Store, { id, address }: AccountRecord): Promise<void> {
  await using account = await store.open(id);
  const mailboxes = await account.mailboxes();
  const target = mailboxes.find(({ name }) => name === inbox);
  if (target === undefined) return;
  const now = new Date();
  await using staged = await account.stage(once(Buffer.from(message(address, now))));
  const internalDate = {
    epochSeconds: Math.floor(now.getTime() / 1000),
    zoneMinutes: -now.getTimezoneOffset(),
  };
  await account.append(target.id, [{ staged, flags: [], internalDate }], {
    beyondQuota: true,
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function message(address: string, now: Date): string {
  return [
    `Date: ${now.toUTCString().replace('GMT', '+0000')}`,
    'From: Restante <restante@localhost>',
    `To: <${address}>`,
    'Subject: Welcome to Restante',
    `Message-ID: <${randomUUID()}@localhost>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8; format=flowed',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Hello,',
    '',
    'this mailbox is yours. It is kept on this machine, in the directory that the ',
    'server was started with, and every mail program on your devices can open it.',
    '',
    'What to try next:',
    '',
    '* Read this in your own mail program: the server printed the settings.',
    '* Deliver a message by LMTP: the server printed a line for that too.',
    '* Bring your old mail along: restante import me@localhost ~/Maildir',
    '* Make an account for somebody: restante user add anna@example.org',
    '',
    'From a checkout, "npm run -s restante --" stands for "restante".',
    '',
    'Poste restante: the post office keeps your mail until you come for it, from ',
    'wherever you are.',
    '',
  ].join('\r\n');
}
