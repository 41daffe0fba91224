/**
 * One LMTP connection (RFC 2033): SMTP's commands (RFC 5321) with LHLO for EHLO and one reply for
 * each recipient behind the message. Offered: PIPELINING, 8BITMIME (RFC 6152), SMTPUTF8
 * (RFC 6531), SIZE (RFC 1870), ENHANCEDSTATUSCODES (RFC 2034).
 */
import { randomBytes } from 'node:crypto';
import type { Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import { StoreError } from '../store/store-error.ts';
import { demandRoom } from '../store/room.ts';
import type { Store } from '../store/store.ts';
import { parseLine, parsePathCommand, type PathCommand } from './command.ts';
import { deliver, type Delivered } from './deliver.ts';
import { findRecipient, type Recipient } from './recipient.ts';
import {
  failureReply,
  formatReply,
  reply,
  tooLarge,
  type OverQuotaReply,
  type Reply,
} from './reply.ts';
import { traceBytesMax, traceLines } from './trace.ts';
import { TransportError, type Transport } from './transport.ts';

export interface DialogueContext {
  readonly store: Store;
  readonly limits: Limits;
  readonly logger: Logger;
  /** The name in the greeting and in Received lines. */
  readonly hostname: string;
  /** The client's address; undefined over a unix socket. */
  readonly clientAddress: string | undefined;
  readonly overQuota: OverQuotaReply;
  readonly onDelivered: ((delivered: Delivered) => void) | undefined;
}

interface State extends DialogueContext {
  readonly transport: Transport;
  clientName: string | undefined;
  transaction: Transaction | undefined;
  /** Commands in a row that were not understood. */
  badCommands: number;
}

/** From MAIL to the end of data. */
interface Transaction {
  readonly sender: string;
  readonly utf8: boolean;
  /** As announced by SIZE, bytes; the least that a message can have where it was not. */
  readonly size: number;
  readonly recipients: Recipient[];
}

/** Serves a connection to its end; the caller closes the socket. Rejects only for bugs of ours. */
export async function converse(transport: Transport, context: DialogueContext): Promise<void> {
  const state: State = {
    ...context,
    transport,
    clientName: undefined,
    transaction: undefined,
    badCommands: 0,
  };
  try {
    send(state, reply(220, undefined, `${context.hostname} LMTP Restante ready`));
    while (await step(state));
    await transport.flush();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    context.logger.debug({ reason: error.message }, 'LMTP connection ends');
    const last = farewells[error.code];
    if (last === undefined) return;
    send(state, reply(421, last.status, `${context.hostname} ${last.text}`));
    await transport.flush().catch(() => undefined);
  }
}

const farewells: Record<TransportError['code'], { status: string; text: string } | undefined> = {
  closed: undefined,
  idle: { status: '4.4.2', text: 'waited too long, closing' },
  stopping: { status: '4.3.2', text: 'shutting down, try again later' },
};

function send(state: State, answer: Reply): void {
  state.transport.reply(formatReply(answer));
}

/** One command; false when the connection is to end. */
async function step(state: State): Promise<boolean> {
  const line = await state.transport.line();
  const parsed = line === 'too long' ? undefined : parseLine(line);
  if (parsed === undefined) {
    const tooLong = line === 'too long';
    return misunderstood(
      state,
      tooLong ? reply(500, '5.5.6', 'Line too long') : reply(500, '5.5.2', 'Not UTF-8 text'),
    );
  }
  const { verb, rest } = parsed;
  if (verb === 'QUIT') {
    send(state, reply(221, '2.0.0', `${state.hostname} closing`));
    return false;
  }
  if (verb === 'DATA') {
    await data(state, rest);
    return true;
  }
  const handler = handlers.get(verb);
  if (handler === undefined) return misunderstood(state, reply(500, '5.5.1', 'Unknown command'));
  const answer = await handler(state, rest);
  if (answer === undefined) return true;
  if (answer.code === 500 || answer.code === 501) return misunderstood(state, answer);
  state.badCommands = 0;
  send(state, answer);
  return true;
}

function misunderstood(state: State, answer: Reply): boolean {
  const { badCommandsMax, badCommandsBeforeLoginMax } = state.limits;
  state.badCommands += 1;
  const most = state.clientName === undefined ? badCommandsBeforeLoginMax : badCommandsMax;
  if (state.badCommands <= most) {
    send(state, answer);
    return true;
  }
  send(state, reply(421, '4.7.0', `${state.hostname} too many errors, closing`));
  return false;
}

/** A command's answer; undefined when it has sent its own. */
type Handler = (state: State, rest: string) => Reply | undefined | Promise<Reply | undefined>;

const notLmtp: Handler = () => reply(500, '5.5.1', 'This is LMTP: say LHLO');

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['LHLO', lhlo],
  ['HELO', notLmtp],
  ['EHLO', notLmtp],
  ['MAIL', mail],
  ['RCPT', rcpt],
  [
    'RSET',
    (state) => {
      state.transaction = undefined;
      return reply(250, '2.0.0', 'Forgotten');
    },
  ],
  ['NOOP', () => reply(250, '2.0.0', 'Here')],
  ['VRFY', () => reply(252, '2.0.0', 'Send a message and see')],
  ['HELP', () => reply(214, '2.0.0', 'LHLO MAIL RCPT DATA RSET NOOP QUIT VRFY, RFC 2033')],
]);

/** The size announced: what the store takes, less what we put on top. */
function bytesMax(limits: Limits): number {
  return Math.max(1, limits.messageBytesMax - traceBytesMax);
}

function lhlo(state: State, rest: string): Reply | undefined {
  // The name goes into a Received line, so it must not break one; any other oddity is the MTA's own.
  if (!/^[^\s()<>]{1,255}$/.test(rest)) return reply(501, '5.5.4', 'LHLO needs a host name');
  state.clientName = rest;
  state.transaction = undefined;
  state.badCommands = 0;
  const lines = [
    `${state.hostname} greets you`,
    'PIPELINING',
    '8BITMIME',
    'SMTPUTF8',
    `SIZE ${bytesMax(state.limits)}`,
    'ENHANCEDSTATUSCODES',
  ];
  const last = lines.length - 1;
  state.transport.reply(
    lines.map((line, index) => `250${index < last ? '-' : ' '}${line}\r\n`).join(''),
  );
  return undefined;
}

function mail(state: State, rest: string): Reply {
  if (state.clientName === undefined) return reply(503, '5.5.1', 'Say LHLO first');
  if (state.transaction !== undefined) return reply(503, '5.5.1', 'A message is under way');
  const command = parsePathCommand(rest, 'FROM');
  if (command === undefined) return reply(501, '5.1.7', 'Syntax: MAIL FROM:<address>');
  const refusal = refuseParameters(command, bytesMax(state.limits));
  if (refusal !== undefined) return refusal;
  const utf8 = command.parameters.has('SMTPUTF8');
  const size = Math.max(1, Number(command.parameters.get('SIZE') ?? 0));
  state.transaction = { sender: command.path.text, utf8, size, recipients: [] };
  return reply(250, '2.1.0', 'Sender noted');
}

function refuseParameters({ parameters }: PathCommand, sizeMax: number): Reply | undefined {
  for (const [keyword, value] of parameters) {
    switch (keyword) {
      case 'SIZE':
        // size-value = 1*20DIGIT, RFC 1870 section 4.
        if (!/^\d{1,20}$/.test(value)) return reply(501, '5.5.4', 'Bad SIZE');
        if (Number(value) > sizeMax) return tooLarge;
        break;
      case 'BODY':
        if (!/^(?:7BIT|8BITMIME)$/i.test(value)) return reply(501, '5.5.4', 'Bad BODY');
        break;
      case 'SMTPUTF8':
        if (value !== '') return reply(501, '5.5.4', 'SMTPUTF8 takes no value');
        break;
      default:
        return reply(555, '5.5.4', `${keyword} is not offered`);
    }
  }
  return undefined;
}

async function rcpt(state: State, rest: string): Promise<Reply> {
  const { transaction, store, limits, logger, overQuota } = state;
  if (transaction === undefined) return reply(503, '5.5.1', 'Say MAIL first');
  const command = parsePathCommand(rest, 'TO');
  if (command === undefined || command.path.text === '') {
    return reply(501, '5.1.3', 'Syntax: RCPT TO:<address>');
  }
  if (command.parameters.size > 0) return reply(555, '5.5.4', 'No parameters are offered');
  if (transaction.recipients.length >= limits.lmtpRecipientsMax) {
    return reply(452, '4.5.3', 'Too many recipients, send the rest in another transaction');
  }
  const address = command.path.text;
  try {
    const recipient = await findRecipient(store.directory, command.path);
    if (recipient === undefined) return reply(550, '5.1.1', `<${address}> no such user here`);
    // An MTA that learns it here need not send the message.
    await demandSpace(store, recipient, transaction.size);
    transaction.recipients.push(recipient);
    return reply(250, '2.1.5', `<${address}> is here`);
  } catch (error) {
    logFailure(logger, error, 'a recipient is refused');
    return failureReply(error, { address, overQuota });
  }
}

async function demandSpace(
  store: Store,
  { account: { id } }: Recipient,
  storage: number,
): Promise<void> {
  await using account = await store.open(id, { toWrite: true });
  await demandRoom(account, { storage, messages: 1 });
}

async function data(state: State, rest: string): Promise<void> {
  const { transaction, transport } = state;
  if (rest !== '') return send(state, reply(501, '5.5.4', 'DATA takes no arguments'));
  if (transaction === undefined) return send(state, reply(503, '5.5.1', 'Say MAIL first'));
  if (transaction.recipients.length === 0) {
    return send(state, reply(503, '5.5.1', 'No valid recipients'));
  }
  state.transaction = undefined;
  state.badCommands = 0;
  send(state, reply(354, undefined, 'Send the message, end with a dot on its own'));
  const id = randomBytes(9).toString('base64url');
  const body = transport.message();
  // A recipient named twice gets one copy and, as the RFC demands, two replies.
  const distinct = new Map(transaction.recipients.map((each) => [each.address, each]));
  const { outcomes, read } = deliver({
    store: state.store,
    limits: state.limits,
    recipients: [...distinct.values()],
    trace: ({ address }) =>
      traceLines({
        sender: transaction.sender,
        recipient: address,
        clientName: state.clientName ?? 'unknown',
        clientAddress: state.clientAddress,
        serverName: state.hostname,
        transactionId: id,
        utf8: transaction.utf8,
        now: new Date(),
      }),
    body,
    bytesMax: bytesMax(state.limits),
  });
  try {
    await untilRead(body, read);
  } catch (error) {
    // What was begun ends before the connection does, so that shutting down can wait for it.
    await Promise.allSettled(outcomes);
    throw error;
  }
  const byAddress = new Map([...distinct.keys()].map((address, at) => [address, outcomes[at]]));
  for (const { address } of transaction.recipients) {
    send(state, await outcomeReply(state, { address, id, outcome: byAddress.get(address) }));
    // Each as soon as it is known (RFC 2033 section 5).
    await transport.flush();
  }
}

/** Reads what delivery left of the message, so that the next command is found. Rejects when the client has gone. */
async function untilRead(
  body: AsyncGenerator<Uint8Array, void, void>,
  read: Promise<void>,
): Promise<void> {
  try {
    await read;
  } catch (error) {
    if (error instanceof TransportError) throw error;
  }
  while ((await body.next()).done !== true);
}

async function outcomeReply(
  state: State,
  facts: { address: string; id: string; outcome: Promise<Delivered> | undefined },
): Promise<Reply> {
  const { address, id, outcome } = facts;
  try {
    const delivered = await outcome;
    if (delivered === undefined) throw new Error('a recipient was forgotten');
    state.logger.info({ ...delivered, id }, 'delivered');
    state.onDelivered?.(delivered);
    return reply(250, '2.0.0', `<${address}> ${id} saved`);
  } catch (error) {
    logFailure(state.logger, error, 'cannot deliver');
    return failureReply(error, { address, overQuota: state.overQuota });
  }
}

function logFailure(logger: Logger, error: unknown, text: string): void {
  if (error instanceof StoreError) logger.warn({ code: error.code, reason: error.message }, text);
  else logger.error({ err: error }, text);
}
