import type { ResponseReader } from './response-reader.ts';

/** One address as it was sent. */
export interface ParsedAddress {
  readonly name: string | null;
  readonly adl: string | null;
  readonly mailbox: string | null;
  readonly host: string | null;
}

/** ENVELOPE; strings hold bytes, one code unit each; an empty list was NIL. */
export interface ParsedEnvelope {
  readonly date: string | null;
  readonly subject: string | null;
  readonly from: readonly ParsedAddress[];
  readonly sender: readonly ParsedAddress[];
  readonly replyTo: readonly ParsedAddress[];
  readonly to: readonly ParsedAddress[];
  readonly cc: readonly ParsedAddress[];
  readonly bcc: readonly ParsedAddress[];
  readonly inReplyTo: string | null;
  readonly messageId: string | null;
}

export type ParsedParameters = readonly (readonly [name: string, value: string])[];

/** Extension data; each is undefined where the server stopped before it. */
interface Extension {
  readonly disposition?: { readonly type: string; readonly parameters: ParsedParameters } | null;
  readonly language?: readonly string[];
  readonly location?: string | null;
}

export interface ParsedMultipart extends Extension {
  readonly kind: 'multipart';
  readonly parts: readonly ParsedBody[];
  readonly subtype: string;
  readonly parameters?: ParsedParameters;
}

export interface ParsedPart extends Extension {
  readonly kind: 'basic' | 'text' | 'message';
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ParsedParameters;
  readonly id: string | null;
  readonly description: string | null;
  readonly encoding: string;
  readonly octets: number;
  /** Text and messages only. */
  readonly lines?: number;
  /** Messages only. */
  readonly envelope?: ParsedEnvelope;
  readonly body?: ParsedBody;
  readonly md5?: string | null;
}

export type ParsedBody = ParsedMultipart | ParsedPart;

/** envelope (RFC 9051 section 9) */
export function readEnvelope(r: ResponseReader): ParsedEnvelope {
  const nstring = (): string | null => {
    const text = r.nstringText();
    r.take(' ');
    return text;
  };
  const addresses = (): ParsedAddress[] => {
    const all = readAddresses(r);
    r.take(' ');
    return all;
  };
  r.take('(');
  const date = nstring();
  const subject = nstring();
  const [from, sender, replyTo, to, cc, bcc] = [
    addresses(),
    addresses(),
    addresses(),
    addresses(),
    addresses(),
    addresses(),
  ];
  const inReplyTo = nstring();
  const messageId = r.nstringText();
  r.take(')');
  return { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId };
}

/** "(" 1*address ")" / nil, with groups that open and close */
function readAddresses(r: ResponseReader): ParsedAddress[] {
  if (r.try('NIL')) return [];
  r.take('(');
  const all: ParsedAddress[] = [];
  do all.push(readAddress(r));
  while (!r.try(')'));
  let inGroup = false;
  for (const { mailbox, host } of all) {
    if (host === null && mailbox !== null && inGroup) r.fail('no group inside a group');
    if (host === null && mailbox === null && !inGroup)
      r.fail('a group that was opened before it ends');
    if (host === null) inGroup = mailbox !== null;
  }
  if (inGroup) r.fail('the end of a group');
  return all;
}

/** address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")" */
function readAddress(r: ResponseReader): ParsedAddress {
  r.take('(');
  const name = r.nstringText();
  r.take(' ');
  const adl = r.nstringText();
  r.take(' ');
  const mailbox = r.nstringText();
  r.take(' ');
  const host = r.nstringText();
  r.take(')');
  return { name, adl, mailbox, host };
}

/** body (RFC 9051 section 9); extension data only where `extended` (BODYSTRUCTURE). */
export function readBody(r: ResponseReader, extended: boolean): ParsedBody {
  r.take('(');
  const body = r.sees('(') ? readMultipart(r, extended) : readPart(r, extended);
  r.take(')');
  return body;
}

/** body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart] */
function readMultipart(r: ResponseReader, extended: boolean): ParsedMultipart {
  const parts: ParsedBody[] = [];
  while (r.sees('(')) parts.push(readBody(r, extended));
  r.take(' ');
  const subtype = r.stringText();
  const kind = 'multipart';
  if (!extended || !r.try(' ')) return { kind, parts, subtype };
  return { kind, parts, subtype, parameters: readParameters(r), ...readExtension(r) };
}

/** body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part] */
function readPart(r: ResponseReader, extended: boolean): ParsedPart {
  const type = r.stringText();
  r.take(' ');
  const subtype = r.stringText();
  r.take(' ');
  const parameters = readParameters(r);
  r.take(' ');
  const id = r.nstringText();
  r.take(' ');
  const description = r.nstringText();
  r.take(' ');
  const encoding = r.stringText();
  r.take(' ');
  const octets = r.number();
  const facts = { type, subtype, parameters, id, description, encoding, octets };
  let part: ParsedPart = { kind: 'basic', ...facts };
  // To IMAP4rev1 message/global is basic: then no envelope follows.
  const isGlobal = /^message$/i.test(type) && /^global$/i.test(subtype) && r.sees(' (');
  if (isGlobal || (/^message$/i.test(type) && /^rfc822$/i.test(subtype))) {
    r.take(' ');
    const envelope = readEnvelope(r);
    r.take(' ');
    const body = readBody(r, extended);
    r.take(' ');
    part = { kind: 'message', ...facts, envelope, body, lines: r.number() };
  } else if (/^text$/i.test(type)) {
    r.take(' ');
    part = { kind: 'text', ...facts, lines: r.number() };
  }
  if (!extended || !r.try(' ')) return part;
  return { ...part, md5: r.nstringText(), ...readExtension(r) };
}

/** body-fld-param = "(" string SP string *(SP string SP string) ")" / nil */
function readParameters(r: ResponseReader): ParsedParameters {
  if (r.try('NIL')) return [];
  return r.list((): readonly [string, string] => {
    const name = r.stringText();
    r.take(' ');
    return [name, r.stringText()];
  });
}

/** [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]] */
function readExtension(r: ResponseReader): Extension {
  if (!r.try(' ')) return {};
  const disposition = readDisposition(r);
  if (!r.try(' ')) return { disposition };
  const language = readLanguage(r);
  if (!r.try(' ')) return { disposition, language };
  const location = r.nstringText();
  while (r.try(' ')) r.value();
  return { disposition, language, location };
}

function readDisposition(r: ResponseReader): (Extension['disposition'] & {}) | null {
  if (r.try('NIL')) return null;
  r.take('(');
  const type = r.stringText();
  r.take(' ');
  const parameters = readParameters(r);
  r.take(')');
  return { type, parameters };
}

/** body-fld-lang = nstring / "(" string *(SP string) ")" */
function readLanguage(r: ResponseReader): string[] {
  if (r.sees('(')) return r.list(() => r.stringText());
  const one = r.nstringText();
  return one === null ? [] : [one];
}
