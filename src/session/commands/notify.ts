import { no } from '../../model/refusal.ts';
import { parseNotify } from '../../wire/parse/notify.ts';
import { defineCommand, ok } from '../command.ts';
import { nothingWanted } from '../../model/notify.ts';
import { Notifications } from '../notifications.ts';

/**
 * NOTIFY: what is told without being asked for, between commands too (RFC 5465 section 3.1).
 *
 *   notify = "NOTIFY" SP (notify-set / notify-none)
 *
 * What has happened in the selected mailbox is told before the answer, as by NOOP.
 */
export const notify = defineCommand({
  name: 'NOTIFY',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseNotify,

  async run(context, args) {
    const { session, realms, limits, enabled, signal, reply } = context;
    if (args.kind === 'NONE') {
      session.notify(nothingWanted, undefined);
      return ok('NOTIFY completed');
    }
    const { groups, status } = args;
    const notifications = await Notifications.begin({
      realms,
      groups,
      enabled,
      modSeqs: !session.isOff('CONDSTORE'),
      limits,
      signal,
      isOwn: (origin) => origin === session.origin,
    });
    if (notifications === undefined) {
      const code = { kind: 'NOTIFICATIONOVERFLOW' } as const;
      throw no(`at most ${limits.notifyMailboxesMax} mailboxes can be watched`, code);
    }
    // Everything up to now, whatever is wanted from here on.
    await session.announce('announced');
    session.notify(args.selected ?? nothingWanted, notifications);
    for (const response of notifications.refusals()) await reply(response);
    if (status) {
      for await (const response of notifications.statuses(session.selection)) await reply(response);
    }
    return ok('NOTIFY completed');
  },
});
