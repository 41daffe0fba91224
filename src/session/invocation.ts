import type { Limits } from '../base/limits.ts';
import type { Offer } from '../model/capability.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import { bad, no, uidRequired, type Refusal } from '../model/refusal.ts';
import { Cursor } from '../wire/cursor.ts';
import { parseCommandStart, type CommandStart } from '../wire/parse/command.ts';
import type { Incoming } from './client.ts';
import type { Command, Prepared } from './command.ts';
import { commands } from './commands.ts';
import { oldNameOf } from './old-name.ts';
import type { Extension, StateName } from './state.ts';

/** A command whose name, state and arguments are in order. */
export interface Invocation {
  readonly tag: string;
  /** With `UID ` where that was said. */
  readonly name: string;
  readonly uid: boolean;
  readonly command: Command;
  readonly prepared: Prepared;
  readonly oldName: MailboxName | undefined;
}

export interface InvocationContext {
  readonly state: StateName;
  readonly enabled: ReadonlySet<Extension>;
  readonly limits: Limits;
  readonly offer: Offer;
}

/** The command that these bytes begin, if it is one of this state. Throws Refusal. */
export function findCommand(
  bytes: Uint8Array,
  { state, enabled, offer }: Omit<InvocationContext, 'limits'>,
): CommandStart & { readonly command: Command } {
  const start = parseCommandStart(bytes);
  const command = commands.get(start.name);
  const { unknown } = offer;
  const isKnown = command !== undefined && command.uid !== (start.uid ? 'no' : 'only');
  if (!isKnown || (unknown !== undefined && isOff(start, unknown))) {
    throw bad(start.uid ? 'this command is not known with UID' : 'this command is not known');
  }
  if (!command.states.includes(state)) throw bad(wrongState(command, state));
  // RFC 9755 section 7: modified UTF-7 is not spoken there.
  if (
    offer.on.has('UTF8=ONLY') &&
    !enabled.has('UTF8=ACCEPT') &&
    !command.ascii &&
    state !== 'not authenticated'
  )
    throw no('ENABLE UTF8=ACCEPT comes first: this server speaks UTF-8 only', { kind: 'CANNOT' });
  return { ...start, command };
}

function isOff({ name, uid }: CommandStart, unknown: ReadonlySet<string>): boolean {
  return unknown.has(`command ${name}`) || (uid && unknown.has(`command UID ${name}`));
}

/** Why a command was thrown away before it was read: in its own words where its literals were too large. */
export function refusalOf(
  { bytes, refusal }: Required<Pick<Incoming, 'bytes' | 'refusal'>>,
  { limits, ...where }: InvocationContext,
): Refusal {
  if (refusal.code?.kind !== 'TOOBIG') return refusal;
  return findCommand(bytes, where).command.tooLarge?.(limits) ?? refusal;
}

/** Reads the rest of a command, without doing anything yet. Throws Refusal. */
export function prepare(bytes: Uint8Array, context: InvocationContext): Invocation {
  const { enabled, limits, offer } = context;
  const { tag, name, uid, position, command } = findCommand(bytes, context);
  if (!uid && command.takesNumbers && enabled.has('UIDONLY')) throw uidRequired();
  const options = { position, utf8: speaksUtf8(enabled), limits, unknown: offer.unknown };
  const prepared = command.prepare(new Cursor(bytes, options), uid);
  const oldName =
    command.tellsOldName && enabled.has('IMAP4rev2')
      ? oldNameOf(new Cursor(bytes, options))
      : undefined;
  return { tag, name: uid ? `UID ${name}` : name, uid, command, prepared, oldName };
}

/** Whether mailbox names and strings are UTF-8 in both directions (RFC 9755 section 3, RFC 9051 section 5.1). */
export function speaksUtf8(enabled: ReadonlySet<Extension>): boolean {
  return enabled.has('UTF8=ACCEPT') || enabled.has('IMAP4rev2');
}

function wrongState({ states }: Command, state: StateName): string {
  if (state === 'not authenticated') return 'log in first';
  return states.includes('selected')
    ? 'select a mailbox first'
    : 'this is possible only before login';
}
