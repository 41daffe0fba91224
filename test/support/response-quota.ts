/** The responses of RFC 9208 section 7, read strictly. */
import type { ResponseReader } from './response-reader.ts';

export type ParsedQuota =
  | {
      readonly kind: 'QUOTA';
      readonly root: string;
      readonly resources: readonly (readonly [name: string, usage: number, limit: number])[];
    }
  | { readonly kind: 'QUOTAROOT'; readonly mailbox: string; readonly roots: readonly string[] };

/** quota-list; empty where there are no limits (RFC 9208 section 4.2.1). */
export function readQuota(r: ResponseReader): ParsedQuota {
  r.take(' ');
  const root = r.astring();
  r.take(' ');
  const resources = r.list(
    (): readonly [string, number, number] => {
      const name = r.atom();
      r.take(' ');
      const usage = r.number();
      r.take(' ');
      return [name, usage, r.number()];
    },
    { emptyAllowed: true },
  );
  const names = resources.map(([name]) => name);
  if (new Set(names).size < names.length) r.fail('each resource once');
  return { kind: 'QUOTA', root, resources };
}

export function readQuotaRoot(r: ResponseReader): ParsedQuota {
  r.take(' ');
  const mailbox = r.astring();
  const roots: string[] = [];
  while (r.try(' ')) roots.push(r.astring());
  return { kind: 'QUOTAROOT', mailbox, roots };
}
