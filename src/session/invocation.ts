import { bad } from '../model/refusal.ts';
import { Cursor } from '../wire/cursor.ts';
import { parseCommandStart } from '../wire/parse/command.ts';
import type { Command, Prepared } from './command.ts';
import { commands } from './commands.ts';
import type { SessionState, StateName } from './state.ts';

/** A command whose name, state and arguments are in order. */
export interface Invocation {
  readonly tag: string;
  /** With `UID ` where that was said. */
  readonly name: string;
  readonly uid: boolean;
  readonly command: Command;
  readonly prepared: Prepared;
}

export interface InvocationContext {
  readonly state: SessionState;
  /** Whether mailbox names come as UTF-8. */
  readonly utf8: boolean;
}

/** Reads a command, without doing anything yet. Throws Refusal BAD. */
export function prepare(bytes: Uint8Array, { state, utf8 }: InvocationContext): Invocation {
  const { tag, name, uid, position } = parseCommandStart(bytes);
  const command = commands.get(name);
  if (command === undefined || command.uid === (uid ? 'no' : 'only')) {
    throw bad(uid ? 'this command is not known with UID' : 'this command is not known');
  }
  if (!command.states.includes(state.kind)) throw bad(wrongState(command, state.kind));
  const prepared = command.prepare(new Cursor(bytes, { position, utf8 }), uid);
  return { tag, name: uid ? `UID ${name}` : name, uid, command, prepared };
}

function wrongState({ states }: Command, state: StateName): string {
  if (state === 'not authenticated') return 'log in first';
  return states.includes('selected') ? 'select a mailbox first' : 'this is possible only before login';
}

/**
 * The tag that a line begins with, when there is a valid one, so that a line that makes no sense otherwise gets its BAD.
 *
 *   tag = 1*<any ASTRING-CHAR except "+">      RFC 9051 section 9
 */
export function tagOf(bytes: Uint8Array): string | undefined {
  const beginning = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, tagBytesMax));
  // oxlint-disable-next-line no-control-regex
  return /^[^\u0000-\u0020(){%*"\\+\u007f-\u00ff]+(?= |$)/.exec(beginning.toString('latin1'))?.[0];
}

/** A longer one is nobody's tag. */
const tagBytesMax = 256;
