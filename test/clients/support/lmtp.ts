/** Delivers one message by LMTP; the replies for the recipients. */
import { connect } from 'node:net';

export interface Delivery {
  readonly from?: string;
  readonly to: readonly string[];
  /** With CRLF line ends. */
  readonly bytes: Uint8Array;
}

export async function deliver(
  port: number,
  { from = 'sender@example.com', to, bytes }: Delivery,
): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const replies = lines(socket);
  const reply = async (): Promise<string> => {
    for (;;) {
      const { value, done } = await replies.next();
      if (done === true) throw new Error('LMTP connection closed');
      if (/^\d{3}(?: |$)/.test(value)) return value;
    }
  };
  const say = async (text: string): Promise<string> => {
    socket.write(`${text}\r\n`);
    return await reply();
  };
  try {
    await reply();
    await say('LHLO test.example.com');
    await say(`MAIL FROM:<${from}> BODY=8BITMIME`);
    const accepted = [];
    for (const recipient of to) accepted.push(await say(`RCPT TO:<${recipient}>`));
    const good = accepted.filter((line) => line.startsWith('250'));
    if (good.length === 0) return accepted;
    await say('DATA');
    socket.write(Buffer.from(stuffed(bytes), 'latin1'));
    socket.write('.\r\n');
    const results = [];
    for (const line of accepted) results.push(line.startsWith('250') ? await reply() : line);
    socket.write('QUIT\r\n');
    return results;
  } finally {
    socket.destroy();
  }
}

/** Dots at line starts doubled, and a CRLF at the end where there was none. */
function stuffed(bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/(^|\r\n)\./g, '$1..');
  return text.endsWith('\r\n') ? text : `${text}\r\n`;
}

async function* lines(socket: AsyncIterable<Buffer>): AsyncGenerator<string, undefined, undefined> {
  let pending = '';
  for await (const chunk of socket) {
    pending += chunk.toString('latin1');
    const parts = pending.split('\r\n');
    pending = parts.pop() ?? '';
    yield* parts;
  }
  return undefined;
}
