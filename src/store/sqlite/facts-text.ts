import type { Address, Envelope } from '../../model/envelope.ts';
import type { Parameter, Part } from '../../model/part.ts';
import type { RawText } from '../../model/raw-text.ts';
import { asReadyText, type ReadyText } from '../../model/ready-text.ts';
import { readyEnvelope } from '../../wire/write/ready.ts';
import { readToldEnvelope } from './told-envelope.ts';

/**
 * Envelope and structure as they stand in `message`. An envelope is stored as clients are told it, `(…)`, since a
 * client that asks for 10,000 of them waits for no more than reading then; one that not all are told alike
 * is a JSON array without names, as every structure is: half the text and half the time of objects.
 */

/** Four a address: name, mailbox, host, route; 0 for no route. */
type FlatAddresses = (RawText | null | 0)[];

type FlatEnvelope = readonly [
  date: RawText | null,
  subject: RawText | null,
  from: FlatAddresses,
  /** 0: the same as `from`. */
  sender: FlatAddresses | 0,
  replyTo: FlatAddresses | 0,
  to: FlatAddresses,
  cc: FlatAddresses,
  bcc: FlatAddresses,
  inReplyTo: RawText | null,
  messageId: RawText | null,
];

type FlatPart = readonly [
  headerStart: number,
  bodyStart: number,
  bodyEnd: number,
  type: RawText,
  subtype: RawText,
  parameters: readonly Parameter[],
  id: RawText | null,
  description: RawText | null,
  encoding: RawText,
  md5: RawText | null,
  disposition: readonly [type: RawText, parameters: readonly Parameter[]] | null,
  language: readonly RawText[],
  location: RawText | null,
  lines: number,
  /** Of a multipart its parts; of a message its envelope and body; of a single part nothing. */
  parts?: readonly FlatPart[] | FlatEnvelope,
  body?: FlatPart,
];

export function envelopeText(envelope: Envelope): string {
  return readyEnvelope(envelope) ?? JSON.stringify(flatEnvelope(envelope));
}

/** The stored text if clients are told it as it is. */
export function toldEnvelope(text: string): ReadyText | undefined {
  return text.startsWith('(') ? asReadyText(text) : undefined;
}

export function readEnvelopeText(text: string): Envelope {
  const told = toldEnvelope(text);
  return told === undefined ? toEnvelope(JSON.parse(text) as FlatEnvelope) : readToldEnvelope(told);
}

export function structureText(part: Part): string {
  return JSON.stringify(flatPart(part));
}

export function readStructureText(text: string): Part {
  return toPart(JSON.parse(text) as FlatPart);
}

/** Whether there is anything behind the header: the first numbers of a structure tell. */
export function storedBody(text: string): boolean {
  const start = text.indexOf(',') + 1;
  const end = text.indexOf(',', start) + 1;
  return Number.parseInt(text.slice(start), 10) < Number.parseInt(text.slice(end), 10);
}

function flatEnvelope(envelope: Envelope): FlatEnvelope {
  const { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = envelope;
  return [
    date,
    subject,
    flatAddresses(from),
    sender === from ? 0 : flatAddresses(sender),
    replyTo === from ? 0 : flatAddresses(replyTo),
    flatAddresses(to),
    flatAddresses(cc),
    flatAddresses(bcc),
    inReplyTo,
    messageId,
  ];
}

function flatAddresses(addresses: readonly Address[]): FlatAddresses {
  return addresses.flatMap(({ name, mailbox, host, route }) => [name, mailbox, host, route ?? 0]);
}

function toEnvelope(flat: FlatEnvelope): Envelope {
  const from = toAddresses(flat[2]);
  return {
    date: flat[0],
    subject: flat[1],
    from,
    sender: flat[3] === 0 ? from : toAddresses(flat[3]),
    replyTo: flat[4] === 0 ? from : toAddresses(flat[4]),
    to: toAddresses(flat[5]),
    cc: toAddresses(flat[6]),
    bcc: toAddresses(flat[7]),
    inReplyTo: flat[8],
    messageId: flat[9],
  };
}

function toAddresses(flat: FlatAddresses): readonly Address[] {
  const addresses: Address[] = [];
  for (let at = 0; at < flat.length; at += 4) {
    const [name, mailbox, host] = [flat[at], flat[at + 1], flat[at + 2]] as [
      RawText | null,
      RawText | null,
      RawText | null,
    ];
    const route = flat[at + 3];
    addresses.push(route ? { name, mailbox, host, route } : { name, mailbox, host });
  }
  return addresses;
}

function flatPart(part: Part): FlatPart {
  const { disposition } = part;
  const flat = [
    part.headerStart,
    part.bodyStart,
    part.bodyEnd,
    part.type,
    part.subtype,
    part.parameters,
    part.id,
    part.description,
    part.encoding,
    part.md5,
    disposition && ([disposition.type, disposition.parameters] as const),
    part.language,
    part.location,
    part.lines,
  ] as const;
  if (part.kind === 'multipart') return [...flat, part.parts.map(flatPart)];
  if (part.kind === 'message') return [...flat, flatEnvelope(part.envelope), flatPart(part.body)];
  return flat;
}

function toPart(flat: FlatPart): Part {
  const disposition = flat[10];
  const facts = {
    headerStart: flat[0],
    bodyStart: flat[1],
    bodyEnd: flat[2],
    type: flat[3],
    subtype: flat[4],
    parameters: flat[5],
    id: flat[6],
    description: flat[7],
    encoding: flat[8],
    md5: flat[9],
    disposition: disposition && { type: disposition[0], parameters: disposition[1] },
    language: flat[11],
    location: flat[12],
    lines: flat[13],
  };
  const parts = flat[14];
  const body = flat[15];
  if (parts === undefined) return { kind: 'single', ...facts };
  if (body !== undefined)
    return {
      kind: 'message',
      ...facts,
      envelope: toEnvelope(parts as FlatEnvelope),
      body: toPart(body),
    };
  const [first, ...others] = (parts as readonly FlatPart[]).map(toPart);
  return { kind: 'multipart', ...facts, parts: [first!, ...others] };
}
