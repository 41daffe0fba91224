import type { AccountRecord } from '../model/account.ts';
import type { QuotaResourceName } from '../model/arguments.ts';
import type { Quota, QuotaResource } from '../model/quota.ts';
import { no } from '../model/refusal.ts';
import type { QuotaResponse } from '../model/response.ts';
import type { Account } from '../store/store.ts';
import type { CommandContext } from './command.ts';

/** STORAGE is told in units of 1024 octets (RFC 9208 section 5.1). */
export const storageUnit = 1024;

/** What the protocol calls them, in the order of the RFC. */
export const resourceNames: readonly (readonly [QuotaResourceName, QuotaResource])[] = [
  ['STORAGE', 'storage'],
  ['MESSAGE', 'messages'],
  ['MAILBOX', 'mailboxes'],
];

/** The name of the one quota root of an account: all its mailboxes share it. */
export function rootOf({ address }: AccountRecord): string {
  return address;
}

/**
 * What a root has and may have. Usage and limits are rounded up alike, so that what is told to be within a limit is. How
 * many mailboxes there can be at all is told where no lower limit is set (RFC 9208 section 3.2).
 */
export function quotaResponse(
  root: string,
  { usage, limits }: Quota,
  { limits: { mailboxesMax }, session }: Pick<CommandContext, 'limits' | 'session'>,
): QuotaResponse {
  const least = { ...limits, mailboxes: Math.min(limits.mailboxes ?? Infinity, mailboxesMax) };
  const told = (resource: QuotaResource, value: number): number =>
    resource === 'storage' ? Math.ceil(value / storageUnit) : value;
  const resources = resourceNames.flatMap(([name, resource]) => {
    const limit = least[resource];
    if (limit === undefined || session.isOff(`QUOTA=RES-${name}`)) return [];
    return [{ name, usage: told(resource, usage[resource]), limit: told(resource, limit) }];
  });
  return { kind: 'QUOTA', root, resources };
}

type Context = Pick<
  CommandContext<'authenticated' | 'selected'>,
  'account' | 'user' | 'store' | 'realms' | 'signal'
>;

/** The directory is asked each time: whoever is an administrator no longer is not one in a session that goes on. */
export async function isAdministrator({ store, user }: Context): Promise<boolean> {
  const record = await store.directory.find(user.address);
  return record?.id === user.id && record.administrator === true;
}

/**
 * The account that a quota root is of, and the root's name: everybody's own, that of an account that nobody logs in to for who
 * reads mail in it, and any for an administrator. For others there is none, so that nobody learns here who has an account.
 */
export async function rootAccount(
  context: Context,
  root: string,
): Promise<AsyncDisposable & { readonly root: string; readonly account: Account }> {
  const { account, user, store, signal } = context;
  if (root === rootOf(user)) {
    return { root, account, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const record = await store.directory.find(root);
  if (record === undefined || !(await mayKnow(context, record)))
    throw no('there is no such quota root', { kind: 'NONEXISTENT' });
  const other = await store.open(record.id, { signal });
  await other.refresh?.('all');
  return {
    root: rootOf(record),
    account: other,
    [Symbol.asyncDispose]: () => other[Symbol.asyncDispose](),
  };
}

/** Of what nobody has to himself, whoever may read something knows how much there is (RFC 9208 section 6). */
async function mayKnow(context: Context, { id, shared }: AccountRecord): Promise<boolean> {
  if (await isAdministrator(context)) return true;
  if (shared !== true) return false;
  for (const sharer of await context.realms.sharedByOthers())
    if (sharer.id === id)
      return (await sharer.mailboxes()).some((each) => sharer.rights(each).includes('r'));
  return false;
}
