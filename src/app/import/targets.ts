import { lower } from '../../base/ascii.ts';
import type { Limits } from '../../base/limits.ts';
import {
  inbox,
  mailboxName,
  refusalToCreate,
  separator,
  type MailboxName,
} from '../../model/mailbox-name.ts';
import type { SpecialUse } from '../../model/special-use.ts';
import type { Account, Mailbox } from '../../store/store.ts';
import type { Noting } from './source.ts';

/** Names that programs give to mailboxes with a special use, in lower case. */
const usualNames: ReadonlyMap<string, SpecialUse> = new Map<string, SpecialUse>([
  ['sent', '\\Sent'],
  ['sent items', '\\Sent'],
  ['sent messages', '\\Sent'],
  ['sent mail', '\\Sent'],
  ['sent-mail', '\\Sent'],
  ['drafts', '\\Drafts'],
  ['draft', '\\Drafts'],
  ['trash', '\\Trash'],
  ['deleted items', '\\Trash'],
  ['deleted messages', '\\Trash'],
  ['junk', '\\Junk'],
  ['junk e-mail', '\\Junk'],
  ['junk email', '\\Junk'],
  ['spam', '\\Junk'],
  ['bulk mail', '\\Junk'],
  ['archive', '\\Archive'],
  ['archives', '\\Archive'],
]);

export interface TargetOptions {
  readonly account: Account;
  readonly limits: Limits;
  /** Where everything goes: the top of a tree is this mailbox and its folders lie below. */
  readonly top: MailboxName | undefined;
  readonly dryRun: boolean;
  readonly note: Noting;
}

export interface Target {
  readonly name: MailboxName;
  /** Undefined in a dry run when it would be made. */
  readonly mailbox: Mailbox | undefined;
  /** Whether it was, or would be, made. */
  readonly created: boolean;
}

/**
 * The mailbox for a folder of the source. One of that name, else, at the top level, the account's
 * mailbox of the use that such a name tells (Sent Items is Sent), else a new one, subscribed.
 */
export async function target(
  name: MailboxName | undefined,
  options: TargetOptions,
): Promise<Target> {
  const wanted = allowed(placed(name, options.top), options);
  const mailboxes = await options.account.mailboxes();
  const usable = mailboxes.filter((mailbox) => mailbox.selectable);
  const use = usualNames.get(lower(wanted));
  const found =
    usable.find((mailbox) => mailbox.name === wanted) ??
    (use === undefined ? undefined : usable.find((mailbox) => mailbox.specialUse === use));
  if (found !== undefined) return { name: found.name, mailbox: found, created: false };
  if (options.dryRun) return { name: wanted, mailbox: undefined, created: true };
  const taken = mailboxes.some((mailbox) => mailbox.specialUse === use);
  const { account } = options;
  const mailbox = await account.create(
    wanted,
    use === undefined || taken ? { beyondQuota: true } : { beyondQuota: true, specialUse: use },
  );
  await account.subscribe(wanted, true);
  return { name: wanted, mailbox, created: true };
}

function placed(name: MailboxName | undefined, top: MailboxName | undefined): MailboxName {
  if (name === undefined || name === inbox) return top ?? inbox;
  return top === undefined || top === inbox ? name : mailboxName(top + separator + name);
}

/** The name, or one near it that may be made. */
function allowed(name: MailboxName, { limits, note }: TargetOptions): MailboxName {
  if (refusalToCreate(name, limits) === undefined) return name;
  const levels = name
    .toWellFormed()
    .split(separator)
    .map((level) =>
      // oxlint-disable-next-line no-control-regex
      level.replaceAll(/[*%\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/g, '_'),
    )
    .filter((level) => level !== '')
    .slice(0, limits.mailboxDepthMax);
  let renamed = levels.join(separator);
  while (Buffer.byteLength(renamed) > limits.mailboxNameBytesMax) renamed = renamed.slice(0, -1);
  note('renamed', `${name} is ${renamed}`);
  return mailboxName(renamed.toWellFormed());
}
