import { Command } from 'commander';
import type { AclChange } from '../model/acl.ts';
import { inbox, mailboxName } from '../model/mailbox-name.ts';
import { Refusal } from '../model/refusal.ts';
import {
  allRights,
  noRights,
  ownersRights,
  parseRights,
  union,
  type Rights,
} from '../model/rights.ts';
import { shownEntries, storedIdentifier } from '../session/identifiers.ts';
import { changeAcl } from '../store/share.ts';
import type { Account, Mailbox, Store } from '../store/store.ts';
import { CliError } from './cli-error.ts';
import { addSettings } from './configuration.ts';
import { demandLogin, withDirectory } from './with-directory.ts';

type Options = Record<string, string>;

/** Rights that go together, for people who do not know the letters. */
const words: Readonly<Record<string, string>> = {
  read: 'lrs',
  write: 'lrswitepkx',
  all: allRights,
};

const mailboxArgument = 'a mailbox by its name, or all, for every one there is';

/** `restante acl …`: who may do what with an account's mailboxes (RFC 4314). All of it works while the server runs. */
export function aclCommand(): Command {
  return new Command('acl')
    .description("who else may do what with an account's mailboxes")
    .addCommand(listCommand())
    .addCommand(grantCommand())
    .addCommand(revokeCommand());
}

function listCommand(): Command {
  const command = new Command('list')
    .description('print who may do what, one a line: mailbox, user, rights')
    .argument('<ADDRESS>', 'whose mailboxes')
    .argument('[MAILBOX]', mailboxArgument, 'all');
  return addSettings(command, ['store']).action(
    async (address: string, mailbox: string, options: Options) => {
      await withAccount({ address, options }, async (account, store) => {
        for (const { name, acl } of await chosen(account, mailbox)) {
          const { sharing } = store.directory;
          for (const [who, rights] of await shownEntries(sharing, account.id, acl))
            process.stdout.write(`${name}\t${who}\t${rights}\n`);
        }
      });
    },
  );
}

function grantCommand(): Command {
  const command = new Command('grant')
    .description('give somebody rights, in place of those he had')
    .argument('<ADDRESS>', 'whose mailbox')
    .argument('<MAILBOX>', mailboxArgument)
    .argument('<WHO>', 'the address of a user, or anyone')
    .argument('<RIGHTS>', 'read, write, all, or letters of RFC 4314 such as lrs');
  return addSettings(command, ['store']).action(
    // oxlint-disable-next-line eslint/max-params -- commander gives each argument by itself
    async (address: string, mailbox: string, who: string, text: string, options: Options) => {
      const change = { mode: 'replace', rights: rightsOf(text) } as const;
      const isOwner = await changeAll({ address, mailbox, who, options }, change);
      const rights = isOwner ? union(ownersRights, change.rights) : change.rights;
      process.stdout.write(`restante: ${mayOf(who, rights)} with ${mailbox} of ${address}\n`);
    },
  );
}

function revokeCommand(): Command {
  const command = new Command('revoke')
    .description('take from somebody what was given to him')
    .argument('<ADDRESS>', 'whose mailbox')
    .argument('<MAILBOX>', mailboxArgument)
    .argument('<WHO>', 'the address of a user, or anyone');
  return addSettings(command, ['store']).action(
    // oxlint-disable-next-line eslint/max-params -- commander gives each argument by itself
    async (address: string, mailbox: string, who: string, options: Options) => {
      const change = { mode: 'delete', rights: noRights } as const;
      const isOwner = await changeAll({ address, mailbox, who, options }, change);
      const now = isOwner ? 'may do everything with' : 'has no entry in the list of';
      process.stdout.write(`restante: ${who} ${now} ${mailbox} of ${address}\n`);
    },
  );
}

interface About {
  readonly address: string;
  readonly options: Options;
}

/** What an entry says, in words. */
function mayOf(who: string, rights: Rights): string {
  const isNegative = who.startsWith('-');
  if (rights === noRights) return isNegative ? `${who} takes nothing` : `${who} may do nothing`;
  return isNegative ? `${who.slice(1)} may not ${rights}` : `${who} may ${rights}`;
}

/** Whether it is the owner's own entry that was changed. */
async function changeAll(
  { mailbox, who, ...about }: About & { readonly mailbox: string; readonly who: string },
  what: Pick<AclChange, 'mode' | 'rights'>,
): Promise<boolean> {
  let isOwner = false;
  await withAccount(about, async (account, { directory }) => {
    const identifier = await storedIdentifier(directory, who).catch(async (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      await demandLogin(directory, who);
      throw new CliError(`${who}: there is no such user; see "restante user list"`);
    });
    isOwner = identifier === account.id;
    const otherwise = isOwner ? allRights : noRights;
    for (const { id } of await chosen(account, mailbox))
      await changeAcl({ directory, account }, { id, change: { ...what, identifier, otherwise } });
  });
  return isOwner;
}

function rightsOf(text: string): Rights {
  const parsed = parseRights(words[text] ?? text);
  if ('rights' in parsed) return parsed.rights;
  throw new CliError(
    `"${text}" are no rights: write read, write, all, or letters of ${allRights}`,
    2,
  );
}

/** The mailboxes meant; INBOX first, since it stands for an account that is nobody's own. */
async function chosen(account: Account, mailbox: string): Promise<readonly Mailbox[]> {
  const mailboxes = await account.mailboxes();
  if (mailbox === 'all')
    return mailboxes.toSorted((a, b) => Number(b.name === inbox) - Number(a.name === inbox));
  const found = mailboxes.filter(({ name }) => name === mailboxName(mailbox));
  if (found.length === 0) throw new CliError(`there is no mailbox ${mailbox}`);
  return found;
}

async function withAccount(
  { address, options }: About,
  use: (account: Account, store: Store) => Promise<void>,
): Promise<void> {
  await withDirectory({ options, address }, async (directory, _, store) => {
    const record = await directory.find(address);
    if (record === undefined)
      throw new CliError(`${address}: there is no such account; see "restante user list"`);
    await using account = await store.open(record.id);
    await use(account, store);
  });
}
