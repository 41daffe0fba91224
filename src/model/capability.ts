import type { Limits } from '../base/limits.ts';
import { specialUses } from './special-use.ts';

/** What decides which capabilities a connection is told of (RFC 9051 section 6.1.1). */
export interface CapabilityConditions {
  readonly authenticated: boolean;
  /** STARTTLS would work now. */
  readonly canStartTls: boolean;
  /** Whether passwords may be sent: TLS is on or the peer is on this machine. */
  readonly passwordsAllowed: boolean;
  readonly limits: Pick<Limits, 'messageBytesMax'>;
  readonly offer: Offer;
}

/** What of the table a session has, after the operator's switches. */
export interface Offer {
  /** What it does not have. */
  readonly off: ReadonlySet<string>;
  /** What is announced though it is not unless the operator says so. */
  readonly on: ReadonlySet<string>;
  /** What of the grammar is not known to it (`brings`); undefined when all is. */
  readonly unknown: ReadonlySet<string> | undefined;
}

/**
 * `on demand`: works, and is announced only where the operator says so. `always`; `after login`: kept back until then, so that strangers and pre-login parsers get a short list;
 * the others say which question of `CapabilityConditions` decides before login.
 */
type When =
  | 'always'
  | 'after login'
  | 'STARTTLS possible'
  | 'passwords allowed'
  | 'passwords refused'
  | 'on demand';

interface Facts {
  readonly when?: When;
  /** What stands behind `=` when it is one of our numbers. */
  readonly value?: (limits: CapabilityConditions['limits']) => number;
  /** What it adds to the grammar, as a rule's name and a word, or `command` and its name: not known while it is off. */
  readonly brings?: readonly string[];
  /** Announced in place of this one. */
  readonly insteadOf?: string;
  /** Without these it cannot be had: it is off when one of them is. */
  readonly needs?: readonly string[];
}

interface Capability<Name extends string = string> extends Facts {
  readonly name: Name;
  /** Number of the RFC that defines it. */
  readonly rfc: number;
  readonly when: When;
  /** Whether an operator may switch it off, since one client's bug must not hurt the others. */
  readonly switchable: boolean;
}

/** What IMAP4rev1 itself has, what decides how the stream is read, and what other settings decide. */
const fixed = <const Name extends string>(
  name: Name,
  rfc: number,
  when: When,
): Capability<Name> => {
  return { name, rfc, when, switchable: false };
};
const optional = <const Name extends string>(
  name: Name,
  rfc: number,
  facts: Facts = {},
): Capability<Name> => {
  return { when: 'after login', ...facts, name, rfc, switchable: true };
};

/** Everything that IMAP4rev2 is made of (RFC 9051 appendix E). */
const rev2Needs = [
  'BINARY',
  'CHILDREN',
  'ENABLE',
  'ESEARCH',
  'IDLE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'MOVE',
  'NAMESPACE',
  'SASL-IR',
  'SEARCHRES',
  'SPECIAL-USE',
  'STATUS=SIZE',
  'UIDPLUS',
  'UNSELECT',
] as const;

/** All capabilities in the order they are announced; clients exist that want IMAP4rev1 first. */
const rows = [
  fixed('IMAP4rev1', 3501, 'always'),
  optional('IMAP4rev2', 9051, {
    when: 'always',
    brings: ['status-att DELETED'],
    needs: rev2Needs,
  }),
  fixed('STARTTLS', 9051, 'STARTTLS possible'),
  fixed('LOGINDISABLED', 9051, 'passwords refused'),
  fixed('AUTH=PLAIN', 4616, 'passwords allowed'),
  optional('AUTH=LOGIN', 9051, { when: 'passwords allowed' }),
  optional('SASL-IR', 4959, { when: 'always', brings: ['authenticate initial-resp'] }),
  // LITERAL+ without LITERAL-: RFC 7888 section 4 wants one of them.
  fixed('LITERAL+', 7888, 'always'),
  optional('ENABLE', 5161, { when: 'always', brings: ['command ENABLE'] }),
  optional('ID', 2971, { when: 'always', brings: ['command ID'] }),
  // Before login too: BlackBerry looked for it in the greeting.
  optional('IDLE', 2177, { when: 'always', brings: ['command IDLE'] }),
  optional('APPENDLIMIT', 7889, {
    brings: ['status-att APPENDLIMIT'],
    value: (l) => l.messageBytesMax,
  }),
  optional('ACL', 4314, {
    brings: [
      'command DELETEACL',
      'command GETACL',
      'command LISTRIGHTS',
      'command MYRIGHTS',
      'command SETACL',
    ],
  }),
  optional('BINARY', 3516, {
    brings: [
      'fetch-att BINARY',
      'fetch-att BINARY.PEEK',
      'fetch-att BINARY.SIZE',
      'append-data literal8',
    ],
  }),
  optional('CATENATE', 4469, { brings: ['append-data CATENATE'] }),
  optional('CHILDREN', 3348, {
    brings: [
      'list-return-opt CHILDREN',
      'mbx-list-flag \\HasChildren',
      'mbx-list-flag \\HasNoChildren',
    ],
  }),
  optional('COMPRESS=DEFLATE', 4978, { brings: ['command COMPRESS'] }),
  optional('CONDSTORE', 7162, {
    brings: [
      'fetch-att MODSEQ',
      'fetch-modifier CHANGEDSINCE',
      'search-key MODSEQ',
      'select-param CONDSTORE',
      'status-att HIGHESTMODSEQ',
      'store-modifier UNCHANGEDSINCE',
    ],
  }),
  optional('CREATE-SPECIAL-USE', 6154, { brings: ['create-param USE'] }),
  optional('ESEARCH', 4731, { brings: ['search RETURN'] }),
  optional('LIST-EXTENDED', 5258, {
    brings: ['list list-select-opts', 'list patterns', 'list RETURN'],
  }),
  optional('LIST-METADATA', 9590, {
    brings: ['list-return-opt METADATA'],
    needs: ['LIST-EXTENDED', 'METADATA'],
  }),
  optional('LIST-MYRIGHTS', 8440, {
    brings: ['list-return-opt MYRIGHTS'],
    needs: ['ACL', 'LIST-EXTENDED'],
  }),
  optional('LIST-STATUS', 5819, { brings: ['list-return-opt STATUS'], needs: ['LIST-EXTENDED'] }),
  optional('METADATA', 5464, {
    brings: [
      'command GETMETADATA',
      'command SETMETADATA',
      'event MailboxMetadataChange',
      'event ServerMetadataChange',
    ],
  }),
  optional('METADATA-SERVER', 5464, { needs: ['METADATA'] }),
  optional('MOVE', 6851, { brings: ['command MOVE'] }),
  optional('LANGUAGE', 5255, { when: 'always', brings: ['command LANGUAGE'] }),
  optional('NAMESPACE', 2342, { brings: ['command NAMESPACE'] }),
  optional('MULTIAPPEND', 3502, { brings: ['append append-message'] }),
  optional('NOTIFY', 5465, { brings: ['command NOTIFY'] }),
  optional('OBJECTID', 8474, {
    brings: [
      'fetch-att EMAILID',
      'fetch-att THREADID',
      'search-key EMAILID',
      'search-key THREADID',
      'status-att MAILBOXID',
    ],
  }),
  optional('QRESYNC', 7162, {
    brings: ['fetch-modifier VANISHED', 'select-param QRESYNC'],
    needs: ['CONDSTORE', 'ENABLE'],
  }),
  optional('QUOTA', 9208, { brings: ['command GETQUOTA', 'command GETQUOTAROOT'] }),
  optional('QUOTA=RES-MAILBOX', 9208, { needs: ['QUOTA'] }),
  optional('QUOTA=RES-MESSAGE', 9208, { brings: ['status-att DELETED'], needs: ['QUOTA'] }),
  optional('QUOTA=RES-STORAGE', 9208, { brings: ['status-att DELETED-STORAGE'], needs: ['QUOTA'] }),
  // SETQUOTA is there for everybody to see, and does something for administrators.
  optional('QUOTASET', 9208, { brings: ['command SETQUOTA'], needs: ['QUOTA'] }),
  optional('REPLACE', 8508, { brings: ['command REPLACE'] }),
  // What RFC 2086 did not have.
  optional('RIGHTS=texk', 4314, { needs: ['ACL'] }),
  optional('SAVEDATE', 8514, {
    brings: [
      'fetch-att SAVEDATE',
      'search-key SAVEDATESUPPORTED',
      'search-key SAVEDBEFORE',
      'search-key SAVEDON',
      'search-key SAVEDSINCE',
    ],
  }),
  optional('SEARCHRES', 5182, {
    brings: ['search-return-opt SAVE', 'sequence-set $'],
    needs: ['ESEARCH'],
  }),
  optional('SPECIAL-USE', 6154, {
    brings: [
      'list-return-opt SPECIAL-USE',
      'list-select-opt SPECIAL-USE',
      ...specialUses.map((use) => `mbx-list-flag ${use}`),
    ],
  }),
  optional('STATUS=SIZE', 8438, { brings: ['status-att SIZE'] }),
  // Office 365 enables it where it is announced and then sends message numbers.
  optional('UIDONLY', 9586, { when: 'on demand', needs: ['ENABLE'] }),
  optional('UIDPLUS', 4315, { brings: ['command UID EXPUNGE'] }),
  optional('UNAUTHENTICATE', 8437, { brings: ['command UNAUTHENTICATE'] }),
  optional('UNSELECT', 3691, { brings: ['command UNSELECT'] }),
  optional('UTF8=ACCEPT', 9755, { brings: ['append-data UTF8'], needs: ['ENABLE'] }),
  optional('UTF8=ONLY', 9755, {
    when: 'on demand',
    needs: ['UTF8=ACCEPT'],
    insteadOf: 'UTF8=ACCEPT',
  }),
  optional('WITHIN', 5032, { brings: ['search-key OLDER', 'search-key YOUNGER'] }),
  // In no RFC; SPECIAL-USE took its place.
  optional('XLIST', 6154, { brings: ['command XLIST'] }),
] as const satisfies readonly Capability[];

export type CapabilityName = (typeof rows)[number]['name'];

/** The table with what rows may have in common. */
export const capabilityTable: readonly Capability[] = rows;

/** Lists that were made, by what they depend on: each login asks twice, and the answers are few. */
const made = new WeakMap<object, WeakMap<Offer, (readonly string[] | undefined)[]>>();

/** The capabilities to announce, in order; the same list for the same conditions. */
export function capabilities(conditions: CapabilityConditions): readonly string[] {
  const { authenticated, canStartTls, passwordsAllowed, limits, offer } = conditions;
  let ofLimits = made.get(limits);
  if (ofLimits === undefined) made.set(limits, (ofLimits = new WeakMap()));
  let lists = ofLimits.get(offer);
  if (lists === undefined) ofLimits.set(offer, (lists = []));
  const at = (authenticated ? 4 : 0) + (canStartTls ? 2 : 0) + (passwordsAllowed ? 1 : 0);
  return (lists[at] ??= Object.freeze(select(conditions)));
}

function select(conditions: CapabilityConditions): string[] {
  const rows = capabilityTable.filter(
    (row) => !conditions.offer.off.has(row.name) && isVisible(row, conditions),
  );
  const replaced = new Set(rows.map(({ insteadOf }) => insteadOf));
  return rows
    .filter(({ name }) => !replaced.has(name))
    .map(({ name, value }) => (value === undefined ? name : `${name}=${value(conditions.limits)}`));
}

function isVisible({ name, when }: Capability, conditions: CapabilityConditions): boolean {
  const { authenticated, canStartTls, passwordsAllowed, offer } = conditions;
  switch (when) {
    case 'always':
      return true;
    case 'after login':
      return authenticated;
    case 'STARTTLS possible':
      return !authenticated && canStartTls;
    case 'passwords allowed':
      return !authenticated && passwordsAllowed;
    case 'passwords refused':
      return !authenticated && !passwordsAllowed;
    case 'on demand':
      return authenticated && offer.on.has(name);
  }
}
