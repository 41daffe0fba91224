import type { Limits } from '../base/limits.ts';
import { bad } from '../model/refusal.ts';
import { Cursor } from '../wire/cursor.ts';
import { parseCommandStart } from '../wire/parse/command.ts';
import type { Command, Prepared } from './command.ts';
import { commands } from './commands.ts';
import type { StateName } from './state.ts';

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
  readonly state: StateName;
  /** Whether mailbox names come as UTF-8. */
  readonly utf8: boolean;
  readonly limits: Limits;
}

/** Reads the rest of a command, without doing anything yet. Throws Refusal. */
export function prepare(
  bytes: Uint8Array,
  { state, utf8, limits }: InvocationContext,
): Invocation {
  const { tag, name, uid, position } = parseCommandStart(bytes);
  const command = commands.get(name);
  if (command === undefined || command.uid === (uid ? 'no' : 'only')) {
    throw bad(uid ? 'this command is not known with UID' : 'this command is not known');
  }
  if (!command.states.includes(state)) throw bad(wrongState(command, state));
  const prepared = command.prepare(new Cursor(bytes, { position, utf8, limits }), uid);
  return { tag, name: uid ? `UID ${name}` : name, uid, command, prepared };
}

function wrongState({ states }: Command, state: StateName): string {
  if (state === 'not authenticated') return 'log in first';
  return states.includes('selected')
    ? 'select a mailbox first'
    : 'this is possible only before login';
}
