import type { Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import type { AccountRecord } from '../model/account.ts';
import { capabilities, type CapabilityName, type Offer } from '../model/capability.ts';
import type { Language } from '../model/language.ts';
import { offerOf, type CapabilitySwitches } from '../model/offer.ts';
import { nothingWanted, type SelectedEvents } from '../model/notify.ts';
import { inbox } from '../model/mailbox-name.ts';
import { isExceeded, type Quota } from '../model/quota.ts';
import { bad, no } from '../model/refusal.ts';
import type { Response, ResponseCode } from '../model/response.ts';
import { Pacer, sliceMs } from '../search/pacer.ts';
import type { Store } from '../store/store.ts';
import type { Client } from './client.ts';
import type { ExpungeRule, NamedMailbox, SessionControl } from './command.ts';
import type { AccountConnections } from './connections.ts';
import { speaksUtf8 } from './invocation.ts';
import { sendNew } from './new-messages.ts';
import type { ServerMetadata } from './metadata.ts';
import type { Notifications, NotifiedSelection } from './notifications.ts';
import { nowhere, type Place, type Realm } from './place.ts';
import { Realms } from './realms.ts';
import type { Selected } from './selected.ts';
import type { Extension, SessionState } from './state.ts';

export interface StandingOptions {
  readonly client: Client;
  readonly store: Store;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Shared by all sessions of the process. */
  readonly connections: AccountConnections;
  /** What ID answers (RFC 2971 section 3.3), such as name and version. */
  readonly serverId: readonly (readonly [string, string])[];
  /** What the operator switched for everybody. Give the same object to all sessions. */
  readonly capabilities?: CapabilitySwitches | undefined;
  /** What METADATA tells everybody of the server; nothing unless told. */
  readonly serverMetadata?: ServerMetadata | undefined;
}

const nothingSwitched: CapabilitySwitches = {};
const nothingToldOfServer: ServerMetadata = new Map();

/** Responses between two looks at the clock. */
const clockStride = 16;

/** Whether it is to be looked at after this one; some stand for a thousand messages. */
function isStride({ kind }: Response, count: number): boolean {
  return count % clockStride === 0 || kind === 'FETCH run';
}

/** How a session is spoken with; `utf8`: mailbox names and strings may be UTF-8. */
export interface SpeechOptions {
  readonly utf8: boolean;
  /** Of the words behind responses. */
  readonly language: Language;
  /** Messages have no numbers (RFC 9586). */
  readonly uidOnly: boolean;
  /** What is switched off. */
  readonly unknown: ReadonlySet<string> | undefined;
}

/** Where a session stands: who is logged in, what is selected and enabled; and what commands may do to that. */
export class Standing implements SessionControl, AsyncDisposable {
  readonly #options: StandingOptions;
  readonly #client: Client;
  #state: SessionState = { kind: 'not authenticated' };
  readonly #enabled = new Set<Extension>();
  #offer: Offer;
  #language: Language = 'i-default';
  #selectedEvents: SelectedEvents | undefined;
  #notifications: Notifications | undefined;
  /** The place among the account's connections, from login on. */
  #place: Disposable | undefined;
  /** The quota as it was last looked at, and whether more was there than may be. */
  #quota: Quota | undefined;
  #isOverQuota = false;
  #failedLogins = 0;
  /** Set when the connection is to end: behind the tagged answer. */
  ending: { readonly bye: string | undefined } | undefined;

  constructor(options: StandingOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#offer = offerOf(options.capabilities ?? nothingSwitched);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** How responses are to be written. */
  get speech(): SpeechOptions {
    const enabled = this.#enabled;
    return {
      utf8: speaksUtf8(enabled),
      language: this.#language,
      uidOnly: enabled.has('UIDONLY'),
      unknown: this.#offer.unknown,
    };
  }

  /** What ENABLE and its like switched on; the same set always. */
  get enabled(): ReadonlySet<Extension> {
    return this.#enabled;
  }

  /** What there is for this client: for everybody until somebody logs in, then for the account. */
  get offer(): Offer {
    return this.#offer;
  }

  /** Whether somebody has logged in. */
  get authenticated(): boolean {
    return this.#state.kind === 'authenticated' || this.#state.kind === 'selected';
  }

  get selected(): Selected | undefined {
    return this.#state.kind === 'selected' ? this.#state.selected : undefined;
  }

  get selection(): NotifiedSelection | undefined {
    const state = this.#state;
    return state.kind === 'selected' ? { realm: state.realm, id: state.selected.id } : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave('logout');
  }

  /** Gives back what the user had. */
  async #leave(kind: 'logout' | 'not authenticated'): Promise<void> {
    this.#notifications?.[Symbol.dispose]();
    this.#notifications = undefined;
    this.#selectedEvents = undefined;
    await this.deselect();
    const state = this.#state;
    this.#state = { kind };
    this.#place?.[Symbol.dispose]();
    this.#place = undefined;
    if (state.kind !== 'authenticated') return;
    await state.realms[Symbol.asyncDispose]();
    await state.account[Symbol.asyncDispose]();
  }

  get serverId(): StandingOptions['serverId'] {
    return this.#options.serverId;
  }

  get serverMetadata(): ServerMetadata {
    return this.#options.serverMetadata ?? nothingToldOfServer;
  }

  capabilities(): readonly string[] {
    const { limits } = this.#options;
    const { canStartTls, secure, loopback } = this.#client;
    const passwordsAllowed = secure || loopback;
    const { authenticated } = this;
    const offer = this.#offer;
    return capabilities({ authenticated, canStartTls, passwordsAllowed, limits, offer });
  }

  isOff(capability: CapabilityName): boolean {
    return this.#offer.off.has(capability);
  }

  loginFailed(): void {
    this.#failedLogins += 1;
    if (this.#failedLogins < this.#options.limits.loginFailuresPerConnectionMax) return;
    this.ending = { bye: 'too many failed logins' };
  }

  async logIn(user: AccountRecord): Promise<void> {
    const { connections, store, logger } = this.#options;
    const place = connections.enter(user.id);
    if (place === undefined) {
      throw no('this account has too many connections already', { kind: 'LIMIT' });
    }
    try {
      const account = await store.open(user.id, { signal: this.#client.signal, soon: inbox });
      this.#place = place;
      const realms = new Realms({ user, account, store, signal: this.#client.signal });
      this.#state = { kind: 'authenticated', user, account, realms };
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
    this.#failedLogins = 0;
    const { capabilities: ofAll } = this.#options;
    const { capabilities: own } = user;
    // The account's own switches count more than everybody's.
    if (own !== undefined) this.#offer = offerOf({ ...ofAll, ...own });
    logger.info({ user: user.address, remoteAddress: this.#client.remoteAddress }, 'logged in');
  }

  async logOut(): Promise<void> {
    await this.#leave('not authenticated');
    this.#enabled.clear();
    this.#offer = offerOf(this.#options.capabilities ?? nothingSwitched);
    this.#language = 'i-default';
  }

  select(selected: Selected, realm: Realm): void {
    if (this.#state.kind !== 'authenticated') throw bad('no mailbox can be selected now');
    this.#state = { ...this.#state, kind: 'selected', selected, realm };
    const { quota } = this.#state.account;
    this.#quota = quota;
    this.#isOverQuota = isExceeded(quota);
  }

  async deselect(): Promise<void> {
    if (this.#state.kind !== 'selected') return;
    const { user, account, realms, selected } = this.#state;
    this.#state = { kind: 'authenticated', user, account, realms };
    await selected[Symbol.asyncDispose]();
  }

  async closePrevious(): Promise<void> {
    if (this.#state.kind !== 'selected') return;
    await this.deselect();
    // K-9 showed an empty mailbox when this came without a mailbox to close.
    const text = 'the previous mailbox is closed';
    await this.#client.send({ kind: 'status', status: 'OK', code: { kind: 'CLOSED' }, text });
  }

  get origin(): object {
    return this;
  }

  get selectedEvents(): SelectedEvents | undefined {
    return this.#selectedEvents;
  }

  get notifications(): Notifications | undefined {
    return this.#notifications;
  }

  notify(events: SelectedEvents | undefined, notifications: Notifications | undefined): void {
    this.#notifications?.[Symbol.dispose]();
    this.#notifications = notifications;
    this.#selectedEvents = events;
    if (this.selected !== undefined) this.selected.events = events;
  }

  speak(language: Language): void {
    this.#language = language;
  }

  enable(extension: Extension): void {
    this.#enabled.add(extension);
    if (extension === 'QRESYNC') this.#enabled.add('CONDSTORE');
  }

  async enableCondstore(): Promise<void> {
    if (this.#enabled.has('CONDSTORE')) return;
    this.#enabled.add('CONDSTORE');
    const modSeq = this.selected?.highestModSeq;
    if (modSeq !== undefined) await this.tellModSeq({ kind: 'HIGHESTMODSEQ', modSeq });
  }

  /** What these mailbox names mean. Throws Refusal where the user may not do what their needs say. */
  async places(named: readonly NamedMailbox[]): Promise<Readonly<Record<string, Place>>> {
    if (this.#state.kind !== 'authenticated' && this.#state.kind !== 'selected') return nowhere;
    const { realms } = this.#state;
    await realms.tidy(this.#state.kind === 'selected' ? this.#state.realm : undefined);
    const places: Record<string, Place> = {};
    for (const { argument, name, need } of named) places[argument] = await realms.place(name, need);
    return places;
  }

  announce(expunges: ExpungeRule, uid = false): Promise<void> | undefined {
    const selected = this.selected;
    const warning = selected && this.#quotaWarning();
    if (warning !== undefined) return warning.then(() => this.announce(expunges, uid));
    if (this.#selectedEvents !== undefined || this.#notifications !== undefined)
      return this.#announceNotified(expunges, uid);
    return selected && this.#announce(selected.announcements(expunges, uid));
  }

  /** The same where no tagged OK follows that could say what the client has not been told of (RFC 7162 section 3.2). */
  async announceAlone(expunges: ExpungeRule, uid = false): Promise<void> {
    await this.announce(expunges, uid);
    await this.tellModSeq(this.selected?.loweredModSeq());
  }

  /** In the selected state only: that something else has put the account over its quota, once (RFC 9208 section 4.3.1). */
  #quotaWarning(): Promise<void> | undefined {
    const state = this.#state;
    // Nobody is told what others have.
    if (state.kind !== 'selected' || state.realm.kind !== 'personal') return undefined;
    const { quota } = state.account;
    if (quota === this.#quota) return undefined;
    this.#quota = quota;
    const wasOver = this.#isOverQuota;
    this.#isOverQuota = isExceeded(quota);
    if (wasOver || !this.#isOverQuota || this.isOff('QUOTA')) return undefined;
    const text = 'the account holds more than its quota allows';
    const warning = { kind: 'status', status: 'NO', code: { kind: 'OVERQUOTA' }, text } as const;
    return this.#announce([warning]);
  }

  /** Mostly there is a response or none: then nobody has to wait. */
  #announce(responses: Iterable<Response>): Promise<void> | undefined {
    const iterator = responses[Symbol.iterator]();
    const until = performance.now() + sliceMs;
    for (let count = 1; ; count++) {
      const { done, value } = iterator.next();
      if (done === true) return undefined;
      const waiting = this.#client.send(value);
      if (waiting !== undefined) return waiting.then(() => this.#announceRest(iterator));
      if (isStride(value, count) && performance.now() >= until) return this.#announceRest(iterator);
    }
  }

  async #announceRest(responses: Iterator<Response>): Promise<void> {
    const pacer = new Pacer(this.#client.signal);
    await pacer.rest();
    for (let count = 1; ; count++) {
      const { done, value } = responses.next();
      if (done === true) return;
      const waiting = this.#client.send(value);
      if (waiting !== undefined) await waiting;
      if (isStride(value, count) && pacer.due) await pacer.rest();
    }
  }

  async #announceNotified(expunges: ExpungeRule, uid: boolean): Promise<void> {
    const { selected } = this;
    if (selected !== undefined) {
      await this.#announce(selected.announcements(expunges, uid));
      if ((selected.events?.messageNew?.length ?? 0) > 0) await this.#sendNew(selected);
    }
    if (this.#notifications !== undefined) await this.#tell(this.#notifications);
  }

  /** What NOTIFY wants of new messages. */
  async #sendNew(selected: Selected): Promise<void> {
    if (this.#state.kind !== 'selected') return;
    const { limits, logger } = this.#options;
    const { signal } = this.#client;
    await sendNew(selected, {
      account: this.#state.realm.account,
      enabled: this.#enabled,
      limits,
      logger,
      signal,
      reply: (response) => this.#client.send(response),
    });
  }

  /** What NOTIFY watches elsewhere. */
  async #tell(notifications: Notifications): Promise<void> {
    for await (const response of notifications.due(this.selection)) {
      const waiting = this.#client.send(response);
      if (waiting !== undefined) await waiting;
    }
    if (!notifications.overflow || notifications !== this.#notifications) return;
    const code = { kind: 'NOTIFICATIONOVERFLOW' } as const;
    this.notify(nothingWanted, undefined);
    await this.#client.send({
      kind: 'status',
      status: 'OK',
      code,
      text: 'nothing is told unasked any more',
    });
  }

  end(bye?: string): void {
    this.ending = { bye };
  }

  /** Tells the mod-sequence of the mailbox, if one is due. */
  async tellModSeq(code: ResponseCode | undefined): Promise<void> {
    if (code === undefined) return;
    const text = 'mod-sequence of the mailbox';
    await this.#client.send({ kind: 'status', status: 'OK', code, text });
  }
}
