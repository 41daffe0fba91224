import { sameText } from '../../base/ascii.ts';
import type { FetchItem } from '../../model/fetch-item.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import {
  type EventGroup,
  type EventName,
  eventNames,
  type MailboxFilter,
  type NotifyArguments,
  type SelectedEvents,
} from '../../model/notify.ts';
import { no, type Refusal } from '../../model/refusal.ts';
import type { Cursor } from '../cursor.ts';
import { parseFetchItems } from './fetch.ts';

/**
 *   notify       = "NOTIFY" SP (notify-set / notify-none)
 *   notify-set   = "SET" [SP "STATUS"] SP event-groups
 *   event-groups = event-group *(SP event-group)
 *   event-group  = "(" filter-mailboxes SP events ")"      RFC 5465 section 8
 *
 * A well-formed command with an event that we do not know is NO [BADEVENT] (RFC 5465 section 3.1).
 */
export function parseNotify(c: Cursor): NotifyArguments {
  c.space();
  if (c.tryWord('NONE')) {
    c.end();
    return { kind: 'NONE' };
  }
  if (!c.tryWord('SET')) throw c.expected('SET or NONE');
  c.space();
  const status = c.tryWord('STATUS');
  if (status) c.space();
  let selected: SelectedEvents | undefined;
  const groups: EventGroup[] = [];
  let unknown = false;
  let disagreement: Refusal | undefined;
  do {
    const at = c.offset;
    const group = parseGroup(c);
    unknown ||= group.unknown;
    disagreement ??= group.disagreement;
    if (group.other !== undefined) groups.push(group.other);
    if (group.selected === undefined) continue;
    if (selected !== undefined) throw c.expected('one group for the selected mailbox', at);
    selected = group.selected;
  } while (c.trySpace());
  c.end();
  // Whatever else is wrong with its events: not BAD (RFC 5465 section 3.1).
  if (unknown) throw badEvent(c);
  if (disagreement !== undefined) throw disagreement;
  return { kind: 'SET', status, selected, groups };
}

function badEvent(c: Cursor): Refusal {
  return no('an event is not known here', { kind: 'BADEVENT', events: knownEvents(c) });
}

function knownEvents(c: Cursor): EventName[] {
  return eventNames.filter((event) => c.knows('event', event));
}

const messageEvents = new Set<EventName>(['MessageNew', 'MessageExpunge', 'FlagChange']);

interface Group {
  /** Whether it has an event that we do not know. */
  readonly unknown: boolean;
  /** Why its events may not stand together (RFC 5465 section 5). */
  readonly disagreement: Refusal | undefined;
  readonly selected?: SelectedEvents;
  readonly other?: EventGroup;
}

function parseGroup(c: Cursor): Group {
  c.char('(');
  const filter = parseFilter(c);
  c.space();
  const at = c.offset;
  const events = parseEvents(c);
  c.char(')');
  const { names, items, unknown } = events;
  const wanted = missing(events, filter);
  const disagreement = wanted === undefined ? undefined : c.expected(wanted, at);
  if (!isSelected(filter)) return { unknown, disagreement, other: { filter, events: names } };
  const selected = {
    delayed: filter.kind === 'SELECTED-DELAYED',
    messageNew: names.has('MessageNew') ? (items ?? []) : undefined,
    flagChange: names.has('FlagChange'),
  };
  return { unknown, disagreement, selected };
}

/** What RFC 5465 section 5 wants of events that stand together. */
function missing(
  { names, items }: Events,
  filter: MailboxFilter | SelectedFilter,
): string | undefined {
  if (names.has('MessageNew') !== names.has('MessageExpunge'))
    return 'MessageNew with MessageExpunge';
  if (names.has('FlagChange') && !names.has('MessageNew'))
    return 'FlagChange with MessageNew and MessageExpunge';
  if (!isSelected(filter))
    return items === undefined ? undefined : 'no fetch-att for mailboxes not selected';
  return names.difference(messageEvents).size > 0
    ? 'events of messages for the selected mailbox'
    : undefined;
}

interface SelectedFilter {
  readonly kind: 'SELECTED' | 'SELECTED-DELAYED';
}

function isSelected(filter: MailboxFilter | SelectedFilter): filter is SelectedFilter {
  return filter.kind === 'SELECTED' || filter.kind === 'SELECTED-DELAYED';
}

/**
 *   filter-mailboxes-selected = "selected" / "selected-delayed"
 *   filter-mailboxes-other    = "inboxes" / "personal" / "subscribed" /
 *                               ("subtree" SP one-or-more-mailbox) / ("mailboxes" SP one-or-more-mailbox)
 *   one-or-more-mailbox       = mailbox / "(" mailbox *(SP mailbox) ")"      RFC 5465 section 8
 */
function parseFilter(c: Cursor): MailboxFilter | SelectedFilter {
  const from = c.offset;
  const kind = c.word('filter-mailboxes');
  switch (kind) {
    case 'SELECTED':
    case 'SELECTED-DELAYED':
    case 'INBOXES':
    case 'PERSONAL':
    case 'SUBSCRIBED':
      return { kind };
    case 'SUBTREE':
    case 'MAILBOXES': {
      c.space();
      const names: MailboxName[] = c.sees('(') ? c.list(() => c.mailbox()) : [c.mailbox()];
      return { kind, names };
    }
    default:
      throw c.expected('filter-mailboxes', from);
  }
}

interface Events {
  readonly names: ReadonlySet<EventName>;
  /** Of MessageNew. */
  readonly items: readonly FetchItem[] | undefined;
  /** Whether there were others. */
  readonly unknown: boolean;
}

/**
 *   events        = ("(" event *(SP event) ")") / "NONE"
 *   message-event = ("MessageNew" [SP "(" fetch-att *(SP fetch-att) ")"]) / "MessageExpunge" / "FlagChange" / …
 */
function parseEvents(c: Cursor): Events {
  if (c.tryWord('NONE')) return { names: new Set(), items: undefined, unknown: false };
  // The examples of RFC 5465 leave these parentheses out.
  const enclosed = c.tryChar('(');
  const known = knownEvents(c);
  const names = new Set<EventName>();
  let items: readonly FetchItem[] | undefined;
  let unknown = false;
  do {
    const word = c.atom('event');
    const name = known.find((event) => sameText(event, word));
    if (name === undefined) unknown = true;
    else names.add(name);
    if (!c.sees(' ')) break;
    c.space();
    if (!c.sees('(')) continue;
    if (name !== 'MessageNew') throw c.expected('event');
    items = parseFetchItems(c);
    if (!c.trySpace()) break;
  } while (!c.sees(')'));
  if (enclosed) c.char(')');
  return { names, items, unknown };
}
