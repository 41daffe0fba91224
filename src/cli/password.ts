import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { saslprep } from '../auth/saslprep.ts';
import { CliError } from './cli-error.ts';

/** A password and whether its owner has to be told. */
export interface ChosenPassword {
  readonly password: string;
  readonly made: boolean;
}

/** From standard input with `--password-stdin`, else asked for at a terminal, else made up. */
export async function choosePassword(fromStdin: boolean): Promise<ChosenPassword> {
  const chosen = await choose(fromStdin);
  if ((await saslprep(chosen.password, 'stored')) !== undefined) return chosen;
  throw new CliError(
    'this password cannot be used: it is far too long, has control characters, or runs both ways (RFC 4013)',
    2,
  );
}

async function choose(fromStdin: boolean): Promise<ChosenPassword> {
  if (fromStdin) {
    const password = (await text(process.stdin)).replace(/\r?\n$/, '');
    if (password === '') throw new CliError('--password-stdin: nothing came on standard input', 2);
    return { password, made: false };
  }
  if (process.stdin.isTTY !== true) return { password: makePassword(), made: true };
  const password = await askHidden('Password (empty: make one up): ');
  if (password === '') return { password: makePassword(), made: true };
  if ((await askHidden('Once more: ')) === password) return { password, made: false };
  throw new CliError('the two passwords differ: try again');
}

/** Letters and digits that are not mistaken for one another. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Four groups of four: 79 bits, and easy to type on a telephone. */
export function makePassword(): string {
  const group = (): string =>
    Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

/** Asks at the terminal and shows what is typed. */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

async function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(question);
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
