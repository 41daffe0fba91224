import type { Refusal } from '../model/refusal.ts';
import type { Response } from '../model/response.ts';

/**
 * The connection as a session sees it: responses out, commands in, no sockets, no bytes of responses.
 * `server/connection.ts` implements it; a test may too.
 */
export interface Client {
  /** Whether TLS protects the connection now. */
  readonly secure: boolean;
  /** Whether the peer is on this machine, where LOGIN in the clear harms nobody. */
  readonly loopback: boolean;
  /** Whether STARTTLS can be offered: a certificate is there and TLS is not on. */
  readonly canStartTls: boolean;
  /** For logs and login throttling. */
  readonly remoteAddress: string;
  /** Bytes that have come from the network; where it is not known, every command is taken for a new one. */
  readonly bytesRead?: number;
  /** Aborted when the connection ends, for whatever reason; its reason is an Error that says why. */
  readonly signal: AbortSignal;
  /**
   * Queues a response, in order. A promise comes back when the client is slow: wait for it before the
   * next one. Rejects when the connection ended or the client did not read for `drainTimeMs`.
   */
  send(response: Response): Promise<void> | undefined;
  /** Lets what is queued go out now: before a wait that the client's answer ends, such as IDLE. */
  flush(): void;
  /**
   * The next line without its CRLF, for IDLE's DONE and AUTHENTICATE's answers, at most
   * `lineBytesMax`; it takes what the client already sent. Undefined when the client has gone.
   */
  line(): Promise<Uint8Array | undefined>;
  /** Turns TLS on after the tagged OK went out. What came in the clear behind STARTTLS is thrown away. */
  startTls(): Promise<void>;
  /** Whether COMPRESS is on. */
  readonly compressed: boolean;
  /** Compresses all that follows, in both directions; call it when the tagged OK was sent. */
  compress(): void;
  /** Ends that behind what was sent. */
  decompress(): Promise<void>;
}

/** One command as the framer cut it: a line with its literals, just as they came. */
export interface Incoming {
  /**
   * `tag SP command …` with every small literal in its place (`{3}` CRLF `abc`), without the last CRLF.
   * When `message` is set the bytes end behind the CRLF of the announcement `{size}`.
   */
  readonly bytes: Uint8Array;
  /** A message literal that follows (APPEND): it is not buffered. */
  readonly message?: MessageLiteral;
  /** The command broke a limit of the framing and was read and thrown away; `bytes` is its beginning. */
  readonly refusal?: Refusal;
}

export interface MessageLiteral {
  /** Octets announced. */
  readonly size: number;
  /** `~{size}` (RFC 3516): may hold NUL. */
  readonly binary: boolean;
  /**
   * The message's bytes; exactly `size` of them, or the iteration throws. Each piece's memory is gone once the next is asked for. Sends the continuation
   * first when the literal is synchronising. When a command refuses without calling this, a
   * synchronising literal never comes, and any other is read and thrown away with the rest of the line.
   */
  accept(): AsyncIterable<Uint8Array>;
  /** What follows the literal: the end of the command, or more of it up to another message literal. Call it after the last byte was read. */
  rest(): Promise<Incoming>;
}
