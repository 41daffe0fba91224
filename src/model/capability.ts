import { upper } from '../base/ascii.ts';
import type { Limits } from '../base/limits.ts';

/** What decides which capabilities a connection is told of (RFC 9051 section 6.1.1). */
export interface CapabilityConditions {
  readonly authenticated: boolean;
  /** STARTTLS would work now. */
  readonly canStartTls: boolean;
  /** Whether passwords may be sent: TLS is on or the peer is on this machine. */
  readonly passwordsAllowed: boolean;
  readonly limits: Pick<Limits, 'messageBytesMax'>;
  /** Names an operator switched off, in capitals. */
  readonly off?: ReadonlySet<string> | undefined;
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

interface Capability {
  readonly name: string;
  /** Number of the RFC that defines it. */
  readonly rfc: number;
  readonly when: When;
  /** Whether an operator may switch it off, since one client's bug must not hurt the others. */
  readonly switchable: boolean;
  /** What stands behind `=` when it is one of our numbers. */
  readonly value?: (limits: CapabilityConditions['limits']) => number;
}

const fixed = (name: string, rfc: number, when: When = 'after login'): Capability => {
  return { name, rfc, when, switchable: false };
};
const optional = (name: string, rfc: number, when: When = 'after login'): Capability => {
  return { name, rfc, when, switchable: true };
};

/** All capabilities in the order they are announced; clients exist that want IMAP4rev1 first. */
export const capabilityTable: readonly Capability[] = [
  fixed('IMAP4rev1', 3501, 'always'),
  optional('IMAP4rev2', 9051, 'always'),
  fixed('STARTTLS', 9051, 'STARTTLS possible'),
  fixed('LOGINDISABLED', 9051, 'passwords refused'),
  fixed('AUTH=PLAIN', 4616, 'passwords allowed'),
  optional('AUTH=LOGIN', 9051, 'passwords allowed'),
  optional('SASL-IR', 4959, 'always'),
  // LITERAL+ without LITERAL-: RFC 7888 section 4 wants one of them.
  fixed('LITERAL+', 7888, 'always'),
  fixed('ENABLE', 5161, 'always'),
  optional('ID', 2971, 'always'),
  // Before login too: BlackBerry looked for it in the greeting.
  optional('IDLE', 2177, 'always'),
  {
    name: 'APPENDLIMIT',
    rfc: 7889,
    when: 'after login',
    switchable: true,
    value: (l) => l.messageBytesMax,
  },
  optional('BINARY', 3516),
  optional('CHILDREN', 3348),
  optional('COMPRESS=DEFLATE', 4978),
  optional('CONDSTORE', 7162),
  optional('CREATE-SPECIAL-USE', 6154),
  optional('ESEARCH', 4731),
  optional('LIST-EXTENDED', 5258),
  optional('LIST-STATUS', 5819),
  optional('MOVE', 6851),
  optional('LANGUAGE', 5255, 'always'),
  fixed('NAMESPACE', 2342),
  optional('MULTIAPPEND', 3502),
  optional('NOTIFY', 5465),
  optional('OBJECTID', 8474),
  optional('QRESYNC', 7162),
  optional('REPLACE', 8508),
  optional('SAVEDATE', 8514),
  optional('SEARCHRES', 5182),
  optional('SPECIAL-USE', 6154),
  optional('STATUS=SIZE', 8438),
  // Office 365 enables it where it is announced and then sends message numbers.
  optional('UIDONLY', 9586, 'on demand'),
  optional('UIDPLUS', 4315),
  optional('UNAUTHENTICATE', 8437),
  fixed('UNSELECT', 3691),
  optional('UTF8=ACCEPT', 9755),
  optional('WITHIN', 5032),
  // In no RFC; SPECIAL-USE took its place.
  optional('XLIST', 6154),
];

/** Lists that were made, by what they depend on: each login asks twice, and the answers are few. */
const made = new WeakMap<object, Map<unknown, (readonly string[] | undefined)[]>>();

/** The capabilities to announce, in order; the same list for the same conditions. */
export function capabilities(conditions: CapabilityConditions): readonly string[] {
  const { authenticated, canStartTls, passwordsAllowed, limits, off } = conditions;
  let ofLimits = made.get(limits);
  if (ofLimits === undefined) made.set(limits, (ofLimits = new Map()));
  let lists = ofLimits.get(off);
  if (lists === undefined) ofLimits.set(off, (lists = []));
  const at = (authenticated ? 4 : 0) + (canStartTls ? 2 : 0) + (passwordsAllowed ? 1 : 0);
  return (lists[at] ??= Object.freeze(select(conditions)));
}

function select(conditions: CapabilityConditions): string[] {
  return capabilityTable
    .filter(({ name, when, switchable }) => {
      if (switchable && conditions.off?.has(upper(name)) === true) return false;
      return isVisible(when, conditions);
    })
    .map(({ name, value }) => (value === undefined ? name : `${name}=${value(conditions.limits)}`));
}

function isVisible(when: When, conditions: CapabilityConditions): boolean {
  const { authenticated, canStartTls, passwordsAllowed } = conditions;
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
      return false;
  }
}
