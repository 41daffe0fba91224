/**
 * What Dovecot says of rights and quotas, in the words of a dialogue: the RFCs leave to a server in which order it names rights, users
 * and resources, and which names it quotes.
 */

const rightsInOrder = 'lrswipkxteacd';

/** Words of a response; a quoted string and a list are one each. */
const words = (text: string): string[] => text.match(/"(?:[^"\\]|\\.)*"|\(.*\)|[^ ]+/g) ?? [];

/** Words in pairs or threes. */
function groups(list: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

const place = (right: string): number => rightsInOrder.indexOf(right.charAt(0));

const inOrder = (rights: string): string =>
  rights
    .split('')
    .toSorted((a, b) => place(a) - place(b))
    .join('');

/** These groups in the order of those, by their first words. */
function sorted(given: readonly string[][], wanted: readonly string[][]): string[][] {
  const at = ([name]: readonly string[]): number => {
    const index = wanted.findIndex(([other]) => other === name);
    return index < 0 ? wanted.length : index;
  };
  return given.toSorted((a, b) => at(a) - at(b));
}

type Form = (given: readonly string[], wanted: readonly string[]) => readonly string[];

const forms: Readonly<Record<string, Form>> = {
  // RFC 4314 section 3.6
  ACL: ([mailbox = '', ...given], [, ...wanted]) => [
    mailbox,
    ...sorted(
      groups(given, 2).map(([user = '', rights = '']) => [user, inOrder(rights)]),
      groups(wanted, 2),
    ).flat(),
  ],
  // Section 3.7
  LISTRIGHTS: ([mailbox = '', user = '', required = '', ...optional]) => [
    mailbox,
    user,
    inOrder(required),
    ...optional.toSorted((a, b) => place(a) - place(b)),
  ],
  // Section 3.8
  MYRIGHTS: ([mailbox = '', rights = '']) => [mailbox, inOrder(rights)],
  // RFC 9208 section 4.2.1
  QUOTA: ([root = '', given = ''], [, wanted = '']) => {
    const resources = groups(words(given.slice(1, -1)), 3);
    const expected = groups(words(wanted.slice(1, -1)), 3);
    // RFC 9208 section 5: no resource must be there. It has no MAILBOX, so that this is taken as said.
    const unknown = expected.filter(([name]) => name === 'MAILBOX');
    const all = sorted([...resources, ...unknown], expected);
    return [root, `(${all.flat().join(' ')})`];
  },
  // Section 4.2.2
  QUOTAROOT: (given) => given,
};

const refusal = /^(\S+) NO (?:(\[[A-Z]+\]) )?/;
/** Codes of RFC 5530 that only tell a reason, so that a server may leave them out. */
const reasons = ['[NONEXISTENT]', '[NOPERM]', '[CANNOT]'];

/** The text of a NO is every server's own. */
function refusedAsExpected(response: string, wanted: string): string {
  const [, tag, code] = refusal.exec(response) ?? [];
  const [, dueTag, dueCode = ''] = refusal.exec(wanted) ?? [];
  const alike = code === undefined ? reasons.includes(dueCode) : code === dueCode;
  return alike && tag === dueTag ? wanted : response;
}

/** The response as a dialogue that wants this would have it; bytes as latin1. */
export function asExpected(response: string, wanted: string): string {
  if (refusal.test(wanted)) return refusedAsExpected(response, wanted);
  if (wanted.startsWith('* LIST ')) return response.replace(/ \\(?:Unm|M)arked(?=[ )])/i, '');
  const [star, name = '', ...given] = words(response);
  const form = forms[name];
  if (star !== '*' || form === undefined || !wanted.startsWith(`* ${name} `)) return response;
  const expected = words(wanted).slice(2);
  const written = new Map(expected.map((word) => [word.replace(/^"(.*)"$/, '$1'), word]));
  const alike = given
    .map((word) => (/^inbox$/i.test(word) ? 'INBOX' : word))
    .map((word) => written.get(word.replace(/^"(.*)"$/, '$1')) ?? word);
  return ['*', name, ...form(alike, expected)].join(' ');
}
