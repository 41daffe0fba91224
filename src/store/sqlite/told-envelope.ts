import type { Address, Envelope } from '../../model/envelope.ts';
import type { RawText } from '../../model/raw-text.ts';
import type { ReadyText } from '../../model/ready-text.ts';

/**
 * Reads an envelope back from its ready text (`wire/write/ready.ts`): what is stored once need not be stored a
 * second time for those who search and sort.
 */
export function readToldEnvelope(text: ReadyText): Envelope {
  return new Reader(text).envelope();
}

const quote = 34;
const closing = 41;

/** It reads nothing but what our own writer wrote. */
class Reader {
  readonly #text: string;
  #at = 1;

  constructor(text: string) {
    this.#text = text;
  }

  envelope(): Envelope {
    const date = this.#nstring();
    const subject = this.#nstring();
    const fromAt = this.#at;
    const from = this.#addresses();
    const fromText = this.#text.slice(fromAt, this.#at);
    return {
      date,
      subject,
      from,
      sender: this.#again(fromText) ? from : this.#addresses(),
      replyTo: this.#again(fromText) ? from : this.#addresses(),
      to: this.#addresses(),
      cc: this.#addresses(),
      bcc: this.#addresses(),
      inReplyTo: this.#nstring(),
      messageId: this.#nstring(),
    };
  }

  /** Passes over a list that was just read: Sender and Reply-To are mostly From. */
  #again(list: string): boolean {
    if (!this.#text.startsWith(list, this.#at)) return false;
    this.#at += list.length;
    return true;
  }

  /** `NIL` or `((…)(…))`, and the space behind it. */
  #addresses(): readonly Address[] {
    if (this.#isNil()) return [];
    const addresses: Address[] = [];
    this.#at += 1;
    while (this.#text.charCodeAt(this.#at) !== closing) {
      this.#at += 1;
      const name = this.#nstring();
      const route = this.#nstring();
      const mailbox = this.#nstring();
      const host = this.#nstring();
      addresses.push(route ? { name, mailbox, host, route } : { name, mailbox, host });
    }
    this.#at += 2;
    return addresses;
  }

  /** `NIL` or a quoted string, and the space or parenthesis behind it. */
  #nstring(): RawText | null {
    if (this.#isNil()) return null;
    const text = this.#text;
    const start = this.#at + 1;
    let end = text.indexOf('"', start);
    // A quote behind an odd number of backslashes is part of the text.
    let escaped = false;
    for (let at = start; at < end; at++) {
      if (text.charCodeAt(at) !== 92) continue;
      escaped = true;
      at += 1;
      if (at === end) end = text.indexOf('"', end + 1);
    }
    this.#at = end + 2;
    const value = text.slice(start, end);
    return (escaped ? value.replaceAll(/\\(.)/gs, '$1') : value) as RawText;
  }

  #isNil(): boolean {
    const first = this.#text.charCodeAt(this.#at);
    if (first === quote || first === closing - 1) return false;
    this.#at += 4;
    return true;
  }
}
