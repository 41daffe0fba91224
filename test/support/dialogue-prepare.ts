/** Makes an account as a dialogue wants to find it. */
import { ImapConnection } from './imap-connection.ts';

/** How long a response may take: much longer than any does, since the machine may be busy. */
export const responseTimeMs = 4000;

/** Who is asked, and as whom. */
export interface Login {
  readonly address: { readonly host: string; readonly port: number };
  readonly user: string;
  readonly password: string;
}

/** The command that logs in. */
export function login({ user, password }: Login): string {
  return `LOGIN "${user}" "${password}"`;
}

/** One client gives these commands, bytes as latin1. Throws when one is not answered OK. */
export async function prepare(stage: Login, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  const connection = await ImapConnection.open(stage.address);
  try {
    await give(connection, [login(stage), ...commands, 'LOGOUT']);
  } finally {
    connection.close();
  }
}

/** Gives commands all at once. Throws when one is not answered OK. */
export async function give(connection: ImapConnection, commands: readonly string[]): Promise<void> {
  const bytes = commands.map((command, index) => `fixture${index} ${command}\r\n`).join('');
  await connection.send(Buffer.from(bytes, 'latin1'));
  for (const [index, command] of commands.entries()) {
    for (;;) {
      const response = await connection.next(responseTimeMs);
      if (typeof response !== 'string') throw new Error(`no answer to fixture: ${command}`);
      if (response.startsWith(`fixture${index} OK`)) break;
      if (response.startsWith('fixture'))
        throw new Error(`fixture: ${command.slice(0, 100)}: ${response}`);
    }
  }
}
