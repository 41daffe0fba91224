/**
 * A server that does nothing: it says OK to every command, with a ready answer where the client counts on one, and swallows every
 * message. The benchmark against it shows how fast the load generator is. Arguments: certificate and key files.
 */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { message } from './messages.ts';

const many = 100_000;
const someMessages = Array.from({ length: 400 }, (_, n) => message(n, { bytes: 25_000 }));

/** Answers that are long to make, made once. */
const flagsAnswer = lines(many, (n) => `* ${n} FETCH (UID ${n} FLAGS (\\Seen))`);
const envelopesAnswer = lines(10_000, (n) => `* ${n} FETCH (${'x'.repeat(700)})`);
const oneBody = fetchBody(1, message(3, { bytes: 25_000, exact: true }));
const bodies = Buffer.concat(someMessages.map((content, index) => fetchBody(index + 1, content)));

function lines(count: number, line: (n: number) => string): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, i) => `${line(i + 1)}\r\n`).join(''));
}

function fetchBody(number: number, content: Buffer): Buffer {
  const head = Buffer.from(`* ${number} FETCH (UID ${number} BODY[] {${content.length}}\r\n`);
  return Buffer.concat([head, content, Buffer.from(')\r\n')]);
}

/** What comes before the tagged line of a command. */
function untagged(command: string): readonly (string | Buffer)[] {
  if (command.startsWith('SELECT')) {
    return [
      `* ${many} EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 1] .\r\n* OK [UIDNEXT 9] .\r\n`,
    ];
  }
  if (command.startsWith('STORE')) return ['* 1 FETCH (FLAGS (\\Seen))\r\n'];
  if (!command.includes('FETCH')) return [];
  if (command.includes('ENVELOPE')) return [envelopesAnswer];
  if (!command.includes('BODY')) return [flagsAnswer];
  // All of 10,000 messages: 25 times 400.
  return command.includes('1:*') ? Array.from({ length: 25 }, () => bodies) : [oneBody];
}

/** Splits what comes into lines, skipping the bytes of literals. */
function converse(socket: Socket, onLine: (line: string, literal: boolean) => void): void {
  let pending = '';
  let skip = 0;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (skip > 0) {
        const taken = Math.min(skip, rest.length);
        skip -= taken;
        rest = rest.subarray(taken);
        continue;
      }
      const end = rest.indexOf('\n');
      pending += rest.toString('latin1', 0, end < 0 ? rest.length : end + 1);
      if (end < 0) return;
      rest = rest.subarray(end + 1);
      const line = pending.trimEnd();
      pending = '';
      const literal = line.endsWith('+}') ? Number(/\{(\d+)\+\}$/.exec(line)?.[1]) : 0;
      skip = literal;
      onLine(line, literal > 0);
    }
  });
}

function imap(socket: Socket): void {
  socket.setNoDelay(true);
  socket.write('* OK ready\r\n');
  let open = '';
  converse(socket, (line, literal) => {
    if (open !== '') {
      // The end of a command with a literal, or DONE.
      socket.write(`${open} OK done\r\n`);
      open = '';
      return;
    }
    const space = line.indexOf(' ');
    const tag = line.slice(0, space);
    const command = line.slice(space + 1);
    if (command === 'IDLE') socket.write('+ idling\r\n');
    if (literal || command === 'IDLE') {
      open = tag;
      return;
    }
    for (const part of untagged(command)) socket.write(part);
    socket.write(`${tag} OK done\r\n`);
    if (command === 'LOGOUT') socket.end();
  });
}

function lmtp(socket: Socket): void {
  socket.setNoDelay(true);
  socket.write('220 ready\r\n');
  let data = false;
  converse(socket, (line) => {
    if (data && line !== '.') return;
    data = line === 'DATA';
    socket.write(data ? '354 go\r\n' : '250 ok\r\n');
  });
}

async function port(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const [cert = '', key = ''] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
const ports = [
  await port(createServer(imap)),
  await port(createTlsServer({ cert, key }, imap)),
  await port(createServer(lmtp)),
];
process.stdout.write(`ready ${ports.join(' ')}\n`);
process.on('SIGTERM', () => process.exit(0));
