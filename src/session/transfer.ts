import { deleted } from '../model/flag.ts';
import type { Uid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';
import { no } from '../model/refusal.ts';
import { copyEdit, mayChange } from '../model/rights.ts';
import type { Account, Copied, NewMessage } from '../store/store.ts';
import type { CommandContext } from './command.ts';
import { intoDestination } from './destination.ts';
import { destinationMailbox } from './mailboxes.ts';
import type { Place } from './place.ts';

type Context = Pick<
  CommandContext<'selected'>,
  'account' | 'limits' | 'selected' | 'session' | 'signal'
>;

/** Copies messages of the selected mailbox, all or none, with the flags that the user may give them there (RFC 4314 section 4). */
export async function copyMessages(
  context: Context,
  uids: NumberSet<Uid>,
  place: Place,
): Promise<Copied> {
  const { account, selected, session, signal } = context;
  if (place.account !== account) return await copyAcross(context, uids, place);
  const { id } = destinationMailbox(place);
  const options = { signal, origin: session.origin, edit: copyEdit(place.rights) };
  return await intoDestination(account.copy(selected.id, uids, id, options));
}

/**
 * Moves them: in one step within an account. Into another account they are copied, all or none, and when the copies
 * are on stable storage the messages go; a crash between leaves both.
 */
export async function moveMessages(
  context: Context,
  uids: NumberSet<Uid>,
  place: Place,
): Promise<Copied> {
  const { account, selected, session, signal } = context;
  if (place.account === account) {
    const { id } = destinationMailbox(place);
    const options = { signal, origin: session.origin, edit: copyEdit(place.rights) };
    return await intoDestination(account.move(selected.id, uids, id, options));
  }
  const copied = await copyAcross(context, uids, place);
  if (copied.from.length > 0) await removeMessages(context, NumberSet.of(copied.from));
  return copied;
}

/** Removes messages of the selected mailbox, whatever their flags. */
export async function removeMessages(
  { account, selected, session }: Context,
  uids: NumberSet<Uid>,
): Promise<void> {
  const edit = { mode: 'add', flags: [deleted] } as const;
  await account.flag(selected.id, uids, edit, { origin: selected.silently });
  await account.expunge(selected.id, uids, { origin: session.origin });
}

/** Copies by the bytes, one message after the other, into another account. */
async function copyAcross(
  { account, limits, selected, session, signal }: Context,
  uids: NumberSet<Uid>,
  place: Place,
): Promise<Copied> {
  const { id, uidValidity } = destinationMailbox(place);
  const target = place.account;
  await using staged = new AsyncDisposableStack();
  const messages: NewMessage[] = [];
  const from: Uid[] = [];
  let bytes = 0;
  for (const message of selected.messages(uids)) {
    if (message.ghost !== undefined) continue;
    const { uid, size, flags, internalDate, message: ref } = selected.entry(message);
    bytes += size;
    if (from.length >= limits.copyAcrossMessagesMax)
      throw no('these are too many messages for one COPY into another account', { kind: 'LIMIT' });
    const content = await account.content(ref, { signal });
    const among = bytes > limits.appendMemoryMax;
    const copy = staged.use(await target.stage(readAll(content), { signal, among }));
    const kept = flags.flags.filter((flag) => mayChange(place.rights, flag));
    messages.push({ staged: copy, flags: kept, internalDate });
    from.push(uid);
  }
  if (from.length === 0) return { modSeq: target.modSeq, uidValidity, from: [], to: [] };
  const options = { signal, origin: session.origin };
  const appended = await intoDestination(target.append(id, messages, options));
  const { modSeq, uids: to } = appended;
  return { modSeq, uidValidity: appended.uidValidity, from, to };
}

function readAll(content: Awaited<ReturnType<Account['content']>>): AsyncIterable<Uint8Array> {
  return content.read(0, content.size);
}
