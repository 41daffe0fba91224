import type { ResponseCode } from './response.ts';

/**
 * A command cannot be done. Thrown anywhere above the store; turned into a tagged (or, for `BYE`, an
 * untagged) line in one place, the dispatcher. Anything else that is thrown is a bug of ours.
 */
export class Refusal extends Error {
  /** BAD: the client broke grammar or state. NO: it may not or cannot be. BYE: the connection ends. */
  readonly status: 'BAD' | 'NO' | 'BYE';
  readonly code: ResponseCode | undefined;

  constructor(status: 'BAD' | 'NO' | 'BYE', text: string, code?: ResponseCode) {
    super(text);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
  }
}

export const bad = (text: string, code?: ResponseCode): Refusal => new Refusal('BAD', text, code);
export const no = (text: string, code?: ResponseCode): Refusal => new Refusal('NO', text, code);
export const bye = (text: string, code?: ResponseCode): Refusal => new Refusal('BYE', text, code);

/** What a client is told that names messages by numbers it gave up (RFC 9586 section 3). */
export const uidRequired = (): Refusal =>
  bad('messages are named by their UIDs after ENABLE UIDONLY', { kind: 'UIDREQUIRED' });
