import type { Logger } from '../base/logger.ts';
import type { Limits } from '../base/limits.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { AccountRecord } from '../model/account.ts';
import type { CapabilityName, Offer } from '../model/capability.ts';
import type { Language } from '../model/language.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import type { SelectedEvents } from '../model/notify.ts';
import type { Refusal } from '../model/refusal.ts';
import type { ResponseCode, Untagged } from '../model/response.ts';
import type { Rights } from '../model/rights.ts';
import type { Account, Freshness, Store } from '../store/store.ts';
import type { Cursor } from '../wire/cursor.ts';
import type { Client, MessageLiteral } from './client.ts';
import type { Notifications, NotifiedSelection } from './notifications.ts';
import type { Need, Place, Realm } from './place.ts';
import type { Realms } from './realms.ts';
import type { ServerMetadata } from './metadata.ts';
import type { Selected } from './selected.ts';
import type { Extension, StateName } from './state.ts';

/**
 * A command is a row of facts and one function. The dispatcher reads the facts and keeps the rules that all
 * commands share (state, read-only mailboxes, when EXPUNGE may be told, tagged answers), so that no command
 * has to.
 */
export interface CommandDefinition<
  Args,
  State extends StateName,
  Names extends keyof Args = never,
> {
  /** In capitals, without `UID `. */
  readonly name: string;
  /** `too`: the command has a UID form as well (RFC 9051 section 6.4.9); `only`: no other one. */
  readonly uid?: 'too' | 'only';
  /** Its plain form names no messages: EXPUNGE, which RFC 9586 section 3.4 leaves. */
  readonly takesNoNumbers?: true;
  /** States in which it is allowed; elsewhere it is BAD. */
  readonly states: readonly State[];
  /** Refused with NO in a mailbox opened by EXAMINE. */
  readonly needs?: 'read-write';
  /** The arguments that are mailbox names, and the right that each takes (RFC 4314 section 4): `places` has what they mean. */
  readonly mailboxes?: Readonly<Record<Names, Need>>;
  /** Rights that it takes on the selected mailbox. A command of that state alone takes `r` besides, unless this is empty. */
  readonly selectedRights?: string;
  /**
   * Whether EXPUNGE and VANISHED may be told before the tagged answer: not by FETCH, STORE and SEARCH
   * (RFC 9051 section 7.5.1).
   */
  readonly expunges: ExpungeRule;
  /** The rule for the UID form, where it depends on the arguments; otherwise that form announces. */
  readonly uidExpunges?: (args: Args) => ExpungeRule;
  /** What it has to know of other processes' writes when it begins: all, unless it tells nothing of them. */
  readonly knows?: Freshness | 'nothing';
  /** Whether it begins with a mailbox name that is answered by OLDNAME when it was not normal. */
  readonly tellsOldName?: true;
  /** Nothing in it or in its answer can be UTF-8: what UTF8=ONLY lets pass before ENABLE (RFC 9755 section 7). */
  readonly ascii?: true;
  /** Whether it leaves the selected mailbox even when it is refused another one (RFC 9051 section 6.3.2). */
  readonly selects?: true;
  /** What a client is told that sends more literals than a command may have; BAD [TOOBIG] unless told. */
  readonly tooLarge?: (limits: Limits) => Refusal;
  /** Whether these arguments make it a CONDSTORE enabling command (RFC 7162 section 3.1). */
  readonly condstore?: (args: Args) => boolean;
  /** Reads what follows the name, beginning with the space, to the end of the command. Throws Refusal BAD. */
  parse(c: Cursor, uid: boolean): Args;
  /** Does it. Throws Refusal or StoreError; what it returns becomes the tagged answer. */
  run(context: CommandContext<State, Names & string>, args: Args): Promise<Completion> | Completion;
}

/** `answered`: they are the answer, whatever NOTIFY says. `replaced`: they are so behind what came instead. */
export type ExpungeRule = 'announced' | 'held back' | 'answered' | 'replaced';

/** What a command sees of its session. `State` is what its row allows, so that a selected mailbox is there when the row says so. */
export interface CommandContext<State extends StateName = StateName, Names extends string = never> {
  readonly tag: string;
  /** Whether this is the UID form. */
  readonly uid: boolean;
  readonly client: Client;
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Aborted when the connection ends. */
  readonly signal: AbortSignal;
  /** The message literal that stands behind what was parsed (APPEND). */
  readonly message: MessageLiteral | undefined;
  /** The mailbox name as the client wrote it, when the row asks for it and an OLDNAME is due. */
  readonly oldName: MailboxName | undefined;
  readonly user: 'not authenticated' extends State ? AccountRecord | undefined : AccountRecord;
  /** The account that the command is about: that of the selected mailbox for a command of that state alone, else the user's own. */
  readonly account: 'not authenticated' extends State ? Account | undefined : Account;
  /** All accounts whose mailboxes the user sees. */
  readonly realms: 'not authenticated' extends State ? Realms | undefined : Realms;
  /** What the mailbox names among the arguments mean, by their names in `mailboxes` of the row; what the row asks is there. */
  readonly places: Readonly<Record<Names, Place>>;
  readonly selected: [State] extends ['selected'] ? Selected : Selected | undefined;
  /** What ENABLE switched on. */
  readonly enabled: ReadonlySet<Extension>;
  readonly session: SessionControl;

  /** Sends an untagged response now. Await what it returns when it returns something. */
  readonly reply: (response: Untagged) => Promise<void> | undefined;
}

/** What the few commands that change the session itself may do to it. */
export interface SessionControl {
  /** Capabilities as they are announced now. */
  capabilities(): readonly string[];
  /** What there is for this client, for those who parse something themselves. */
  readonly offer: Offer;
  /** Whether a capability was switched off by the operator: nothing of it may be told then. Its words are refused before a command runs. */
  isOff(capability: CapabilityName): boolean;
  /** Fields of the ID answer (RFC 2971 section 3.3). */
  readonly serverId: readonly (readonly [string, string])[];
  /** Shared metadata of the server, which the operator sets (RFC 5464 section 3.2.1.1). */
  readonly serverMetadata: ServerMetadata;
  /** Counts a failed login; beyond the limit the connection ends behind the tagged answer. */
  loginFailed(): void;
  /** Not authenticated → authenticated. NO [LIMIT] beyond `connectionsPerAccountMax`. */
  logIn(user: AccountRecord): Promise<void>;
  /** Authenticated or selected → not authenticated, with nothing left of what the user switched on (RFC 8437 section 4.1). */
  logOut(): Promise<void>;
  /** Authenticated → selected: a mailbox of this realm. */
  select(selected: Selected, realm: Realm): void;
  /** Selected → authenticated with `* OK [CLOSED]`, if a mailbox was selected. */
  closePrevious(): Promise<void>;
  /** Selected → authenticated; gives the view back. Nothing is announced. */
  deselect(): Promise<void>;
  /**
   * Watches the account from here on, and forgets what was watched before. Without events NOTIFY was not given: then
   * nothing is told between commands, and the selected mailbox is told of as ever.
   */
  notify(events: SelectedEvents | undefined, notifications: Notifications | undefined): void;
  /** Which mailbox is selected, and of whose account. */
  readonly selection: NotifiedSelection | undefined;
  /** What NOTIFY asked of the selected mailbox; undefined when it never did. */
  readonly selectedEvents: SelectedEvents | undefined;
  /** Give it as `origin` to writes, so that NOTIFY does not tell the client what it did itself. */
  readonly origin: object;
  /** Has the words behind responses in this language from here on. */
  speak(language: Language): void;
  /** Switches an extension on; QRESYNC brings CONDSTORE. */
  enable(extension: Extension): void;
  /**
   * Makes this a CONDSTORE-aware client, and tells it HIGHESTMODSEQ if that is news and a mailbox is selected
   * (RFC 7162 section 3.1). Rows with `condstore` get this from the dispatcher.
   */
  enableCondstore(): Promise<void>;
  /** Tells what happened in the selected mailbox, if one is; the dispatcher does it at the end of every command. */
  announce(expunges: ExpungeRule): Promise<void> | undefined;
  /** Behind this command's tagged answer the connection ends; with a text, `* BYE` says so. */
  end(bye?: string): void;
}

/** How a command ended well; NO and BAD are thrown. */
export interface Completion {
  readonly text: string;
  /** As a function it is asked after the announcements, for codes that depend on them. */
  readonly code?: ResponseCode | (() => ResponseCode | undefined) | undefined;
  /** NO that comes with announcements and without an exception, such as a partial failure. */
  readonly status?: 'OK' | 'NO';
  /**
   * The answer waits for this line of the client, and until then all news is told at once: IDLE. Nothing of the command
   * may be left waiting meanwhile. Another line is BAD.
   */
  readonly until?: 'DONE';
  /** What must happen right behind the tagged answer, such as the TLS handshake. */
  readonly afterwards?: () => Promise<void>;
}

export function ok(text: string, code?: Completion['code']): Completion {
  return { text, code };
}

/** A command whose arguments were read: what the dispatcher runs. */
export interface Prepared {
  readonly expunges: ExpungeRule;
  readonly condstore: boolean;
  readonly mailboxes: readonly NamedMailbox[];
  run(context: CommandContext): Promise<Completion> | Completion;
}

/** A mailbox name among a command's arguments. */
export interface NamedMailbox {
  readonly argument: string;
  readonly name: MailboxName;
  readonly need: Need;
}

/** A definition with its argument type closed in, so that commands of all kinds fit one table. */
export interface Command {
  readonly name: string;
  readonly uid: 'no' | 'too' | 'only';
  readonly states: readonly StateName[];
  readonly readWrite: boolean;
  readonly selects: boolean;
  readonly ascii: boolean;
  /** Whether it is about the selected mailbox and nothing else. */
  readonly ofSelected: boolean;
  /** Rights that it takes on the selected mailbox. */
  readonly selectedRights: Rights;
  readonly tellsOldName: boolean;
  /** Whether its plain form names messages by their numbers. */
  readonly takesNumbers: boolean;
  readonly knows: Freshness | 'nothing';
  readonly tooLarge: ((limits: Limits) => Refusal) | undefined;
  prepare(c: Cursor, uid: boolean): Prepared;
}

const none: readonly NamedMailbox[] = [];

export function defineCommand<
  Args,
  const State extends StateName,
  const Names extends keyof Args = never,
>(definition: CommandDefinition<Args, State, Names>): Command {
  const needs = Object.entries(definition.mailboxes ?? {}) as [Names & string, Need][];
  const ofSelected = definition.states.every((state) => state === 'selected');
  return {
    name: definition.name,
    uid: definition.uid ?? 'no',
    states: definition.states,
    readWrite: definition.needs === 'read-write',
    selects: definition.selects ?? false,
    ofSelected,
    selectedRights: (definition.selectedRights ?? (ofSelected ? 'r' : '')) as Rights,
    tellsOldName: definition.tellsOldName ?? false,
    takesNumbers: definition.uid === 'too' && definition.takesNoNumbers !== true,
    ascii: definition.ascii ?? false,
    knows: definition.knows ?? 'all',
    tooLarge: definition.tooLarge,
    prepare(c, uid) {
      const args = definition.parse(c, uid);
      const rule = definition.expunges;
      const ofUid = definition.uidExpunges?.(args) ?? (rule === 'held back' ? 'announced' : rule);
      return {
        expunges: uid ? ofUid : definition.expunges,
        condstore: definition.condstore?.(args) ?? false,
        mailboxes:
          needs.length === 0
            ? none
            : needs.map(([argument, need]) => {
                return { argument, name: args[argument] as MailboxName, need };
              }),
        // The dispatcher has checked the state against `states`, which is what `State` says, and made the places.
        run: (context) =>
          definition.run(context as unknown as CommandContext<State, Names & string>, args),
      };
    },
  };
}
