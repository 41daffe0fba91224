/**
 * The lines that final delivery puts on top of a message (RFC 5321 section 4.4). What follows them is
 * what came, byte for byte: a Return-Path that is already there stays.
 */
export interface TraceFacts {
  /** The reverse-path, without angle brackets; empty for the null sender. */
  readonly sender: string;
  /** The recipient as RCPT gave it. */
  readonly recipient: string;
  /** What the client called itself in LHLO. */
  readonly clientName: string;
  /** Its address; undefined over a unix socket. */
  readonly clientAddress: string | undefined;
  readonly serverName: string;
  readonly transactionId: string;
  /** Whether MAIL had SMTPUTF8: the protocol is then UTF8LMTP (RFC 6531 section 4.3). */
  readonly utf8: boolean;
  readonly now: Date;
}

/** More than the trace lines of one message can ever be: SIZE is announced smaller by this. */
export const traceBytesMax = 8 * 1024;

export function traceLines(facts: TraceFacts): Buffer {
  const address = facts.clientAddress;
  const literal = address?.includes(':') === true ? `IPv6:${address}` : address;
  const from = literal === undefined ? facts.clientName : `${facts.clientName} ([${literal}])`;
  return Buffer.from(
    `Return-Path: <${facts.sender}>\r\n` +
      `Delivered-To: ${facts.recipient}\r\n` +
      `Received: from ${from}\r\n` +
      `\tby ${facts.serverName} with ${facts.utf8 ? 'UTF8LMTP' : 'LMTP'} id ${facts.transactionId}\r\n` +
      `\tfor <${facts.recipient}>; ${headerDate(facts.now)}\r\n`,
    'utf8',
  );
}

/** RFC 5322 section 3.3, in UTC. */
function headerDate(when: Date): string {
  return when.toUTCString().replace(/GMT$/, '+0000');
}
