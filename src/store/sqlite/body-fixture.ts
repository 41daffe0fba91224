/** Messages for tests of where their bytes are kept. */
import type { MailboxId } from '../../model/ids.ts';
import type { Account, MessageContent, StagedMessage } from '../store.ts';
import { chunkBytes } from './chunks.ts';

/** Text with some noise in its second chunk. */
export function largeMessage(size = 3 * chunkBytes - 1000): Buffer {
  const body = Buffer.alloc(size, 'Some words that a compressor likes. ');
  const noise = crypto.getRandomValues(new Uint8Array(Math.min(50_000, size)));
  body.set(noise.subarray(0, Math.max(0, size - chunkBytes)), Math.min(size, chunkBytes));
  body.write('Subject: large\r\n\r\n');
  return body;
}

/** As a socket brings them. */
export async function* inPieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += 50_000) yield body.subarray(at, at + 50_000);
}

export async function inboxOf(account: Account): Promise<MailboxId> {
  return (await account.mailboxes()).find(({ name }) => name === 'INBOX')!.id;
}

/** Appends staged messages to INBOX, in one step. */
export async function put(account: Account, ...messages: StagedMessage[]): Promise<void> {
  const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
  const list = messages.map((staged) => ({ staged, flags: [], internalDate }));
  await account.append(await inboxOf(account), list);
}

export async function append(account: Account, body: Uint8Array): Promise<void> {
  await using staged = await account.stage(inPieces(body));
  await put(account, staged);
}

export async function bytesOf(
  content: MessageContent,
  from = 0,
  to = content.size,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content.read(from, to, { reuse: true }))
    pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

/** The bytes of all messages of INBOX. */
export async function contents(account: Account): Promise<Buffer[]> {
  await using view = await account.view(await inboxOf(account));
  const found: Buffer[] = [];
  for (let row = 0; row < view.count; row++)
    found.push(await bytesOf(await account.content(view.message(row))));
  return found;
}
