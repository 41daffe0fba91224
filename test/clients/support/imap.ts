/** A small IMAP client for tests: it sends what it is told and gives back what comes, byte for byte. */
import { connect, type Socket } from 'node:net';

export interface Reply {
  /** Untagged responses, literals included, without their last CRLF; bytes as latin1. */
  readonly untagged: readonly string[];
  /** The tagged line behind the tag: `OK …`. */
  readonly status: string;
}

export interface TestClient extends AsyncDisposable {
  /** Sends a command without tag and CRLF and waits for its end. Throws when the answer is not OK. */
  command(text: string): Promise<Reply>;
  /** APPEND of these bytes with a synchronising literal; the tagged line. */
  append(mailbox: string, bytes: Uint8Array): Promise<string>;
  readonly socket: Socket;
}

/** Connects and logs in. */
export async function imapClient(
  port: number,
  user: string,
  password: string,
): Promise<TestClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const lines = responses(socket);
  await lines.next();
  let number = 0;

  async function finish(tag: string): Promise<Reply> {
    const untagged: string[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('connection closed');
      if (value.startsWith(`${tag} `)) return { untagged, status: value.slice(tag.length + 1) };
      untagged.push(value);
    }
  }

  const client: TestClient = {
    socket,
    async command(text) {
      const tag = `t${number++}`;
      socket.write(`${tag} ${text}\r\n`);
      const reply = await finish(tag);
      if (!reply.status.startsWith('OK')) throw new Error(`${text.slice(0, 200)}: ${reply.status}`);
      return reply;
    },
    async append(mailbox, bytes) {
      const tag = `t${number++}`;
      socket.write(`${tag} APPEND ${mailbox} {${bytes.length}}\r\n`);
      const { value } = await lines.next();
      if (value?.startsWith('+') !== true) throw new Error(`no continuation: ${value}`);
      socket.write(bytes);
      socket.write('\r\n');
      return (await finish(tag)).status;
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
  await client.command(`LOGIN "${user}" "${password}"`);
  return client;
}

/** Whole responses, one by one: a line with all literals it announces. */
async function* responses(socket: Socket): AsyncGenerator<string, undefined, undefined> {
  let pending = '';
  let from = 0;
  for await (const chunk of socket) {
    pending += (chunk as Buffer).toString('latin1');
    for (;;) {
      const end = pending.indexOf('\r\n', from);
      if (end < 0) break;
      const literal = /~?\{(\d+)\}$/.exec(pending.slice(Math.max(from, end - 24), end));
      if (literal !== null) {
        const next = end + 2 + Number(literal[1]);
        if (pending.length < next) break;
        from = next;
        continue;
      }
      yield pending.slice(0, end);
      pending = pending.slice(end + 2);
      from = 0;
    }
  }
  return undefined;
}

/** The bytes of the first literal in a response. */
export function literal(response: string): Buffer {
  const found = /\{(\d+)\}\r\n/.exec(response);
  if (found === null) throw new Error(`no literal in ${response.slice(0, 200)}`);
  const start = found.index + found[0].length;
  return Buffer.from(response.slice(start, start + Number(found[1])), 'latin1');
}
