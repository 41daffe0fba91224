import type { ResponseReader, Value } from './response-reader.ts';

/** ACL, LISTRIGHTS or MYRIGHTS (RFC 4314 section 7). */
export interface ParsedAcl {
  readonly kind: 'ACL' | 'LISTRIGHTS' | 'MYRIGHTS';
  readonly mailbox: string;
  /** What follows: identifiers and rights. */
  readonly strings: readonly string[];
}

/**
 *   acl-data        = "ACL" SP mailbox *(SP identifier SP rights)      RFC 4314 section 7
 *   listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)
 *   myrights-data   = "MYRIGHTS" SP mailbox SP rights
 */
export function readAcl(r: ResponseReader, kind: ParsedAcl['kind']): ParsedAcl {
  r.take(' ');
  const mailbox = r.astring();
  const strings: string[] = [];
  while (!r.atEnd) {
    r.take(' ');
    const text = r.astring();
    const isRights =
      kind === 'MYRIGHTS' || (kind === 'ACL' ? strings.length % 2 : strings.length) > 0;
    if (isRights && (!/^[a-z0-9]*$/.test(text) || new Set(text).size < text.length))
      r.fail('rights');
    strings.push(text);
  }
  const isWhole =
    kind === 'ACL'
      ? strings.length % 2 === 0
      : kind === 'MYRIGHTS'
        ? strings.length === 1
        : strings.length >= 2;
  if (!isWhole) r.fail('rights');
  return { kind, mailbox, strings };
}

/** namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace      RFC 9051 section 9 */
export function readNamespaces(r: ResponseReader): readonly Value[] {
  const one = (): Value => {
    r.take(' ');
    if (r.try('NIL')) return { kind: 'atom', text: 'NIL' };
    r.take('(');
    const items: Value[] = [];
    // namespace = nil / "(" 1*namespace-descr ")": no space between the descriptions
    do items.push({ kind: 'list', items: r.list(() => r.value()) });
    while (!r.try(')'));
    return { kind: 'list', items };
  };
  return [one(), one(), one()];
}
