import { domainToASCII, domainToUnicode } from 'node:url';
import { sameText } from '../base/ascii.ts';
import type { AccountRecord } from '../model/account.ts';
import { inbox, mailboxName } from '../model/mailbox-name.ts';
import type { Directory } from '../store/directory.ts';
import type { Account, Mailbox } from '../store/store.ts';
import type { Path } from './command.ts';

/** Someone who gets the message. */
export interface Recipient {
  /** The path as the client wrote it. */
  readonly address: string;
  readonly account: AccountRecord;
  /** The mailbox asked for by `user+folder@`; undefined for INBOX. */
  readonly folder: string | undefined;
}

const subaddressMark = '+';

/**
 * Who receives mail for a path: the account of the whole address, else of the address without what
 * follows the first `+` (RFC 5233 calls it the detail). A domain matches in either of its IDNA forms.
 */
export async function findRecipient(
  directory: Directory,
  path: Path,
): Promise<Recipient | undefined> {
  const whole = await find(directory, path.localPart, path.domain);
  if (whole !== undefined) return { address: path.text, account: whole, folder: undefined };
  const mark = path.localPart.indexOf(subaddressMark);
  if (mark <= 0) return undefined;
  const account = await find(directory, path.localPart.slice(0, mark), path.domain);
  if (account === undefined) return undefined;
  const folder = path.localPart.slice(mark + 1);
  return { address: path.text, account, folder: folder === '' ? undefined : folder };
}

async function find(
  directory: Directory,
  localPart: string,
  domain: string,
): Promise<AccountRecord | undefined> {
  const forms = new Set([domain, domainToUnicode(domain), domainToASCII(domain)]);
  for (const form of forms) {
    if (form === '' && domain !== '') continue;
    const address = form === '' ? localPart : `${localPart}@${form}`;
    const account = await directory.find(address);
    if (account !== undefined) return account;
  }
  return undefined;
}

/**
 * The mailbox that a message goes into: the folder of that name, else of that name in another case,
 * else INBOX. Nothing is made: strangers choose the detail of an address.
 */
export async function mailboxFor(account: Account, folder: string | undefined): Promise<Mailbox> {
  // Another process may have made the folder. INBOX is always the same.
  if (folder !== undefined) await account.refresh?.('names');
  const mailboxes = (await account.mailboxes()).filter((mailbox) => mailbox.selectable);
  if (folder !== undefined) {
    const name = mailboxName(folder);
    const found =
      mailboxes.find((mailbox) => mailbox.name === name) ??
      mailboxes.find((mailbox) => sameText(mailbox.name, name));
    if (found !== undefined) return found;
  }
  const found = mailboxes.find((mailbox) => mailbox.name === inbox);
  if (found === undefined) throw new Error('the account has no INBOX');
  return found;
}
