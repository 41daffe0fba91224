import type { Dialogue, Fixture } from './dialogue.ts';
import type { QuotaRule } from '../../src/model/quota.ts';
import { bytesOf } from './dialogue-match.ts';

/** What a dialogue finds when it begins, read from its fixture. */
export interface Scene {
  readonly login: boolean;
  readonly greetingShown: boolean;
  readonly bytewise: boolean;
  /** Why Dovecot is not asked; undefined when it is. */
  readonly notDovecot: string | undefined;
  readonly server: string;
  /** What is laid down for the account once it is prepared. */
  readonly quota: QuotaRule | undefined;
  /** Whether the account is an administrator's. */
  readonly administrator: boolean;
  /** Commands that one client gives, before the dialogue, to make the account as wanted; bytes as latin1. */
  readonly preparation: readonly string[];
  /** Commands that each connection gives first, by connection from 1. */
  readonly opening: readonly (readonly string[])[];
  /** Who logs in, by connection from 1: a name for another user, undefined for the first. */
  readonly logins: readonly (string | undefined)[];
  /** What an account that nobody logs in to is called, in which the first user may do everything. */
  readonly shared: string | undefined;
}

/** Named messages of `test/dialogues/messages.md`, bytes as latin1. */
export type Messages = ReadonlyMap<string, string>;

export function readMessages(markdown: string): Messages {
  const messages = new Map<string, string>();
  for (const [, name, text] of markdown.matchAll(/```eml (\S+)\n([\s\S]*?)```/g)) {
    messages.set(name ?? '', bytesOf((text ?? '').replaceAll('\n', '\r\n'), new Map()));
  }
  return messages;
}

/** The n-th of the messages that `messages: 3` asks for. */
function plainMessage(n: number): string {
  return [
    `Date: Mon, ${n} Jan 2024 10:00:00 +0000`,
    'From: Anna <anna@example.org>',
    'To: Bert <bert@example.org>',
    `Subject: Message ${n}`,
    `Message-ID: <m${n}@example.org>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `This is message ${n}.`,
    '',
  ].join('\r\n');
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

const known = new Set([
  'login',
  'greeting',
  'bytewise',
  'dovecot',
  'server',
  'create',
  'subscribe',
  'unsubscribe',
  'recent',
  'messages',
  'flags',
  'date',
  'expunged',
  'enable',
  'select',
  'examine',
  'do',
  'quota',
  'administrator',
  'user',
  'shared',
]);

export function readScene(dialogue: Dialogue, messages: Messages): Scene {
  const { fixture } = dialogue;
  for (const [key] of fixture) {
    if (!known.has(key.split(' ')[0] ?? ''))
      throw new Error(`${dialogue.file}:${dialogue.line}: unknown fixture key ${key}`);
  }
  const one = (name: string): string | undefined => fixture.find(([key]) => key === name)?.[1];
  const dovecot = one('dovecot') ?? 'yes';
  const login = one('login') !== 'no';
  return {
    login,
    greetingShown: one('greeting') === 'shown',
    bytewise: one('bytewise') !== 'no',
    notDovecot: dovecot === 'yes' ? undefined : dovecot,
    server: one('server') ?? 'plain',
    quota: one('quota') === undefined ? undefined : quota(one('quota') ?? ''),
    administrator: one('administrator') === 'yes',
    preparation: preparation(fixture, messages),
    opening: Array.from({ length: dialogue.connections }, (_, index) =>
      login ? opening(fixture, index + 1) : [],
    ),
    logins: Array.from({ length: 9 }, (_, index) => one(`user ${index + 1}`)),
    shared: one('shared'),
  };
}

/** `storage=1024, messages=3`: limits in bytes and numbers. */
function quota(value: string): QuotaRule {
  return Object.fromEntries(
    list(value).map((text) => {
      const [, resource, limit] = /^(storage|messages|mailboxes)=(\d+)$/.exec(text) ?? [];
      if (resource === undefined) throw new Error(`no such quota: ${text}`);
      return [resource, Number(limit)];
    }),
  );
}

function opening(fixture: Fixture, connection: number): string[] {
  const find = (verb: string): string | undefined =>
    fixture.find(([key]) => key === `${verb} ${connection}`)?.[1] ??
    fixture.find(([key]) => key === verb)?.[1];
  const commands: string[] = [];
  const enable = find('enable');
  if (enable !== undefined && enable !== 'none') commands.push(`ENABLE ${enable}`);
  const select = find('select');
  const examine =
    fixture.find(([key]) => key === `select ${connection}`) === undefined
      ? find('examine')
      : undefined;
  if (examine !== undefined) commands.push(`EXAMINE ${examine}`);
  else if (select !== undefined && select !== 'none') commands.push(`SELECT ${select}`);
  return commands;
}

const list = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** `flags 1`, `flags Archive 1`: the mailbox (INBOX by default) and what is left. */
function keyParts(key: string): { verb: string; mailbox: string; rest: string } {
  const [verb = '', ...words] = key.split(' ');
  const rest = /^\d+$/.test(words.at(-1) ?? '') ? (words.pop() ?? '') : '';
  return { verb, mailbox: words.length === 0 ? 'INBOX' : words.join(' '), rest };
}

function preparation(fixture: Fixture, messages: Messages): string[] {
  const commands: string[] = [];
  const filled: string[] = [];
  const about = (verb: string, mailbox: string, rest: string): string | undefined =>
    fixture.find(([key]) => {
      const parts = keyParts(key);
      return parts.verb === verb && parts.mailbox === mailbox && parts.rest === rest;
    })?.[1];
  for (const [key, value] of fixture) {
    const { verb, mailbox } = keyParts(key);
    if (verb === 'create') commands.push(...list(value).map((name) => `CREATE ${quoted(name)}`));
    if (verb === 'subscribe')
      commands.push(...list(value).map((name) => `SUBSCRIBE ${quoted(name)}`));
    if (verb === 'unsubscribe')
      commands.push(...list(value).map((name) => `UNSUBSCRIBE ${quoted(name)}`));
    if (verb !== 'messages') continue;
    filled.push(mailbox);
    const bodies = /^\d+$/.test(value)
      ? Array.from({ length: Number(value) }, (_, index) => plainMessage(index + 1))
      : list(value).map((name) => message(name, messages));
    bodies.forEach((body, index) => {
      const n = String(index + 1);
      const flags = about('flags', mailbox, n) ?? '';
      const date =
        about('date', mailbox, n) ??
        `${String(1 + (index % 28)).padStart(2, ' ')}-Jan-2024 12:00:00 +0000`;
      commands.push(`APPEND ${quoted(mailbox)} (${flags}) "${date}" {${body.length}+}\r\n${body}`);
    });
  }
  const calm = fixture.find(([key]) => key === 'recent')?.[1] !== 'yes';
  for (const mailbox of filled) {
    const expunged = about('expunged', mailbox, '');
    if (expunged === undefined && !calm) continue;
    commands.push(`SELECT ${quoted(mailbox)}`);
    if (expunged !== undefined) {
      commands.push(`UID STORE ${expunged} +FLAGS.SILENT (\\Deleted)`, `UID EXPUNGE ${expunged}`);
    }
  }
  for (const [key, value] of fixture) if (key === 'do') commands.push(value);
  return commands;
}

function message(name: string, messages: Messages): string {
  const plain = /^#(\d+)$/.exec(name);
  if (plain !== null) return plainMessage(Number(plain[1]));
  const found = messages.get(name);
  if (found === undefined) throw new Error(`no message of the name ${name} in messages.md`);
  return found;
}
