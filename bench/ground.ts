/** What is in the mailboxes before anything is measured, as far as IMAP can make it on any server. */
import { ImapClient } from './imap-client.ts';
import { message, receivedAt } from './messages.ts';
import { random } from './random.ts';
import { password, user, type Ground, type Target } from './targets/target.ts';

/** The flags of message `number`: most are read, some answered, few flagged. */
export function flagsOf(number: number): string[] {
  const r = random(number + 99);
  const flags: string[] = [];
  if (r.next() < 0.8) flags.push('\\Seen');
  if (r.next() < 0.15) flags.push('\\Answered');
  if (r.next() < 0.05) flags.push('\\Flagged');
  if (r.next() < 0.05) flags.push('$Forwarded');
  return flags;
}

interface Filling {
  readonly mailbox: string;
  readonly count: number;
  readonly bytes: number;
}

/** Fills a mailbox by pipelined APPENDs. */
export async function appendMail(
  client: ImapClient,
  { mailbox, count, bytes }: Filling,
): Promise<void> {
  for (let from = 0; from < count; from += 50) {
    const commands: (readonly [string, Uint8Array])[] = [];
    for (let number = from; number < Math.min(from + 50, count); number += 1) {
      const date = internalDate(receivedAt(number));
      const words = `APPEND ${mailbox} (${flagsOf(number).join(' ')}) "${date}"`;
      commands.push([words, message(number, { bytes })]);
    }
    await client.pipeline(commands);
  }
}

/** Makes the large mailboxes out of the small one, and the many. Needs `S1000`. */
export async function copyGround(target: Target, ground: Ground): Promise<void> {
  const client = await ImapClient.login({ user: user(0), password }, { port: target.imap });
  let from = 1000;
  for (const size of ground.sizes) {
    if (size === 1000) continue;
    await client.run(`CREATE S${size}`);
    await client.run(`SELECT S${from}`);
    for (let done = 0; done < size; done += from) await client.run(`COPY 1:* S${size}`);
    from = size;
  }
  await client.run('SELECT S1000');
  for (let start = 0; start < ground.boxes; start += 100) {
    const numbers = Array.from(
      { length: Math.min(100, ground.boxes - start) },
      (_, i) => start + i,
    );
    await client.pipeline(numbers.flatMap((n) => [`CREATE box/${n}`, `COPY 1:10 box/${n}`]));
  }
  await client.logout();
}

function internalDate(epochMs: number): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date(epochMs).toUTCString()) ?? [];
  return `${day}-${month}-${year} ${time} +0000`;
}
