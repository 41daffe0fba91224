import type { ListArguments, ListReturn } from '../../model/arguments.ts';
import { parentName, type MailboxName } from '../../model/mailbox-name.ts';
import type { ListAttribute, ListResponse } from '../../model/response.ts';
import { mayAnnotate, shownRights } from '../../model/rights.ts';
import { Pacer } from '../../search/pacer.ts';
import { parseList } from '../../wire/parse/list.ts';
import { defineCommand, ok, type CommandContext } from '../command.ts';
import { Hierarchy, type ListedMailbox } from '../hierarchy.ts';
import { ListPattern } from '../list-pattern.ts';
import { metadataIfThere } from '../metadata.ts';
import type { Realms } from '../realms.ts';
import { placeOf, rightsOn, visibleMailboxes, type VisibleMailbox } from '../visible.ts';
import { statusOf } from './status.ts';

/**
 * LIST, basic and extended (RFC 9051 section 6.3.9, RFC 5258), with special uses (RFC 6154), STATUS
 * (RFC 5819), MYRIGHTS (RFC 8440) and metadata (RFC 9590).
 *
 *   list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
 *
 * Special uses are told unasked: iPhones and Macs use them and do not ask. So are children.
 */
export const list = defineCommand({
  name: 'LIST',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseList,

  async run(context, args) {
    const { account, realms, signal, reply } = context;
    const { selection, returns } = args;
    if (!args.extended && args.patterns[0] === '') {
      // The root's name and the separator (RFC 9051 section 6.3.9).
      await reply({ kind: 'LIST', attributes: ['\\Noselect'], mailbox: root });
      return ok('LIST completed');
    }
    const pattern = new ListPattern(args.reference, args.patterns);
    const mailboxes = await visibleMailboxes(realms, pattern, signal);
    const needsSubscriptions =
      selection.includes('SUBSCRIBED') || returns.some(({ kind }) => kind === 'SUBSCRIBED');
    const subscriptions = needsSubscriptions ? await account.subscriptions({ signal }) : [];
    const pacer = new Pacer(signal);
    const isPlain = !returns.some(({ kind }) => kinds.has(kind));
    for (const { response, mailbox } of matches(args, new Hierarchy(mailboxes, subscriptions))) {
      if (pacer.due) await pacer.rest();
      const isUnreadable =
        mailbox !== undefined && wants(returns, 'STATUS') && !isReadable(mailbox, realms);
      await reply(isUnreadable ? unselectable(response) : response);
      if (mailbox !== undefined && !isPlain) await tell(mailbox, returns, context);
    }
    return ok('LIST completed');
  },
});

/** The return options that are answered by responses of their own. */
const kinds = new Set<ListReturn['kind']>(['MYRIGHTS', 'STATUS', 'METADATA']);

/** What else is to be told of a mailbox. */
async function tell(
  visible: VisibleMailbox,
  returns: readonly ListReturn[],
  { realms, limits, session, signal, reply }: CommandContext<'authenticated' | 'selected'>,
): Promise<void> {
  const { name: mailbox } = visible;
  const rights = rightsOn(visible, realms);
  if (wants(returns, 'MYRIGHTS'))
    await reply({ kind: 'MYRIGHTS', mailbox, rights: shownRights(rights) });
  const items = returns.find((option) => option.kind === 'STATUS')?.items;
  const entries = returns.find((option) => option.kind === 'METADATA')?.entries;
  const tellsStatus = items !== undefined && isReadable(visible, realms);
  const tellsMetadata = entries !== undefined && mayAnnotate(rights);
  if (!tellsStatus && !tellsMetadata) return;
  const there = await placeOf(visible, { realms, signal });
  // Something may have been taken away since it was listed.
  if (there === undefined || there.realm.rights(there.mailbox) !== rights) return;
  if (tellsStatus) {
    const { account } = there.realm;
    const status = statusOf({ ...there.mailbox, name: mailbox }, items, {
      account,
      limits,
      signal,
    });
    await reply(status instanceof Promise ? await status : status);
  }
  if (tellsMetadata) {
    const annotated = { ...there, serverMetadata: session.serverMetadata };
    for await (const metadata of metadataIfThere(annotated, { entries, depth: 0, signal }))
      await reply(metadata);
  }
  await realms.tidy(session.selection?.realm);
}

/** For who may not read a mailbox and asks for its STATUS (RFC 5819 section 2, RFC 9051 section 6.3.9.2). */
function unselectable(response: ListResponse): ListResponse {
  const { attributes } = response;
  if (attributes.includes('\\Noselect')) return response;
  return { ...response, attributes: ['\\Noselect', ...attributes] };
}

/** STATUS takes the right r (RFC 4314 section 4). */
function isReadable(mailbox: VisibleMailbox, realms: Realms): boolean {
  return mailbox.selectable && rightsOn(mailbox, realms).includes('r');
}

export interface Listed<Known> {
  readonly response: ListResponse;
  /** Where a STATUS is due: the mailbox meets the selection itself. */
  readonly mailbox: Known | undefined;
}

/**
 * The names to list, in order (RFC 9051 sections 6.3.9.3 and 6.3.9.6). RECURSIVEMATCH never comes without SUBSCRIBED:
 * the grammar wants a base option (RFC 9051 section 9).
 */
export function* matches<Known extends ListedMailbox>(
  args: ListArguments,
  hierarchy: Hierarchy<Known>,
): Generator<Listed<Known>, void, undefined> {
  const { selection } = args;
  const pattern = new ListPattern(args.reference, args.patterns);
  const bySubscription = selection.includes('SUBSCRIBED');
  const byUse = selection.includes('SPECIAL-USE');
  const told = bySubscription || wants(args.returns, 'SUBSCRIBED');
  const meets = (name: MailboxName): boolean =>
    (bySubscription ? hierarchy.isSubscribed(name) : hierarchy.mailbox(name) !== undefined) &&
    (!byUse || hierarchy.mailbox(name)?.specialUse !== undefined);
  const names = bySubscription ? hierarchy.names : hierarchy.existing;
  // RFC 9051 section 6.3.9: `%` at the end tells of levels that are no mailboxes too.
  const levels = pattern.hasPercent && !bySubscription && !byUse ? hierarchy.levels : noLevels;
  const below = selection.includes('RECURSIVEMATCH')
    ? ancestors(names.filter(meets), pattern)
    : none;
  const others = [...below.keys(), ...levels];
  for (const name of others.length === 0 ? names : hierarchy.with(others)) {
    const itself = meets(name);
    const unmatched = below.get(name);
    // A name that only has children which are listed themselves says nothing new.
    if (!itself && unmatched !== true && !levels.has(name)) continue;
    if (!pattern.matches(name)) continue;
    if (levels.has(name)) {
      const attributes = ['\\Noselect', '\\HasChildren'] as const;
      yield { response: { kind: 'LIST', attributes, mailbox: name }, mailbox: undefined };
      continue;
    }
    const mailbox = hierarchy.mailbox(name);
    const attributes = [
      ...(mailbox === undefined ? (['\\NonExistent'] as const) : []),
      ...(told && hierarchy.isSubscribed(name) ? (['\\Subscribed'] as const) : []),
      ...listAttributes(mailbox, hierarchy.hasChildren(name)),
    ];
    yield {
      response: {
        kind: 'LIST',
        attributes,
        mailbox: name,
        ...(unmatched !== undefined && { childInfo: ['SUBSCRIBED'] as const }),
      },
      mailbox: itself ? mailbox : undefined,
    };
  }
}

/** The root's name, which is empty, answers LIST "" "". */
export const root = '' as MailboxName;

const none: ReadonlyMap<MailboxName, boolean> = new Map();
const noLevels: ReadonlySet<MailboxName> = new Set();

function wants(returns: readonly ListReturn[], kind: ListReturn['kind']): boolean {
  return returns.some((option) => option.kind === kind);
}

/** All names above these; true where one of these does not match the pattern, so that it is not listed itself. */
function ancestors(
  names: readonly MailboxName[],
  pattern: ListPattern,
): ReadonlyMap<MailboxName, boolean> {
  const above = new Map<MailboxName, boolean>();
  for (const name of names) {
    const unmatched = !pattern.matches(name);
    for (let at = parentName(name); at !== undefined; at = parentName(at)) {
      above.set(at, (above.get(at) ?? false) || unmatched);
    }
  }
  return above;
}

/** Attributes that tell what a mailbox is (RFC 9051 section 7.3.1). */
export function listAttributes(
  mailbox: Pick<ListedMailbox, 'selectable' | 'specialUse'> | undefined,
  hasChildren: boolean,
): readonly ListAttribute[] {
  return [
    ...(mailbox?.selectable === false ? (['\\Noselect'] as const) : []),
    hasChildren ? '\\HasChildren' : '\\HasNoChildren',
    ...(mailbox?.specialUse === undefined ? [] : [mailbox.specialUse]),
  ];
}
