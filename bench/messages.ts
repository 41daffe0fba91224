/**
 * Messages as a person's mailbox has them, the same in every run: plain notes, mailing lists, newsletters in
 * two forms, attachments; with the header fields that relays and signers add.
 */
import { random, type Random } from './random.ts';

const words =
  `the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which
  one you were all her she there would their we him been has when who will no more if out so said what up its about
  into than them can only other time new some could these two may first then do any like my now over such our man me
  even most made after also did many before must through back years where much your way well down should because each
  meeting invoice project deadline budget release server customer contract schedule report question attached regards
  délai größe résumé naïve`.split(/\s+/);
const names = [
  'Anna Berg',
  'Jonas Weber',
  'Mariana Souza',
  'Liu Wei',
  'Priya Raman',
  'Tom Okafor',
  'Elena Petrova',
  'Kenji Sato',
  'Fatima Haddad',
  'Olaf Nilsen',
];
const hosts = ['example.org', 'example.com', 'mail.example.net', 'lists.example.org'];
const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const dayNames = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');
const firstDate = Date.UTC(2023, 0, 1, 8);

/** Text to cut from, so that a large message costs no more than copying it. */
const prose = makeProse(random(1), 1 << 20);
const base64 = makeBase64(random(2), 2 << 20);

export interface MessageOptions {
  /** About how long, bytes; drawn like a real mailbox's sizes around this mean unless `exact`. */
  readonly bytes: number;
  /** Every message about this long, within a few dozen bytes. */
  readonly exact?: boolean;
}

/** Message `number` of the endless series; lines end with CRLF. */
export function message(number: number, { bytes, exact = false }: MessageOptions): Buffer {
  const r = random(number * 7919 + 17);
  const size = exact ? bytes : drawSize(r, bytes);
  const head = header(r, number);
  const room = Math.max(100, size - head.length);
  const kind = r.next();
  if (size > 20_000 && (kind < 0.7 || size > 150_000)) return join(head, attachment(r, room));
  return join(head, kind < 0.5 ? plain(r, room) : alternative(r, room));
}

/** When message `number` was received, milliseconds since 1970. */
export function receivedAt(number: number): number {
  return firstDate + number * 613_000;
}

/** Most mail is small and a few large messages carry most bytes: a log-normal draw with this mean. */
function drawSize(r: Random, mean: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - r.next())) * Math.cos(2 * Math.PI * r.next());
  const sigma = 1.2;
  return Math.round(Math.min(Math.exp(Math.log(mean) - sigma ** 2 / 2 + sigma * normal), 8 * mean));
}

function join(head: string, body: string): Buffer {
  return Buffer.from(head + body, 'latin1');
}

function header(r: Random, number: number): string {
  const date = rfcDate(receivedAt(number));
  const from = r.pick(names);
  const id = `${number.toString(36)}.${r.below(1e9).toString(36)}@${r.pick(hosts)}`;
  const subject = subjectText(r);
  const lines = [
    `Return-Path: <${address(from, r)}>`,
    ...[1, 2, 3].map(
      (hop) =>
        `Received: from mx${hop}.${r.pick(hosts)} (mx${hop}.${r.pick(hosts)} [192.0.2.${r.below(255)}])\r\n` +
        `\tby relay${hop}.example.org with ESMTPS id ${r.below(1e9).toString(36)}\r\n\tfor <anna@example.org>; ${date}`,
    ),
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=mail;\r\n` +
      `\th=from:to:subject:date:message-id; bh=${cut(base64Line, r, 44)};\r\n` +
      [0, 1, 2, 3].map(() => `\t${cut(base64Line, r, 70)}`).join('\r\n'),
    `From: ${from} <${address(from, r)}>`,
    `To: ${recipients(r, 1 + r.below(3))}`,
    ...(r.next() < 0.3 ? [`Cc: ${recipients(r, 1 + r.below(4))}`] : []),
    `Subject: ${subject}`,
    `Date: ${date}`,
    `Message-ID: <${id}>`,
  ];
  if (r.next() < 0.5) {
    const parent = `${Math.max(0, number - 1 - r.below(50)).toString(36)}.0@example.org`;
    lines.push(`In-Reply-To: <${parent}>`, `References: <root.0@example.org>\r\n\t<${parent}>`);
  }
  if (r.next() < 0.3) lines.push('List-Id: <dev.lists.example.org>', 'Precedence: list');
  return `${lines.join('\r\n')}\r\nMIME-Version: 1.0\r\n`;
}

const base64Line = base64.slice(0, 70);

function plain(r: Random, room: number): string {
  return `Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text(r, room - 80)}\r\n`;
}

function alternative(r: Random, room: number): string {
  const mark = `b1_${r.below(1e9).toString(36)}`;
  const share = Math.max(50, Math.floor((room - 400) / 3));
  return (
    `Content-Type: multipart/alternative; boundary="${mark}"\r\n\r\n--${mark}\r\n${plain(r, share)}--${mark}\r\n` +
    `Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n` +
    `<html><body><p>${text(r, share * 2)}</p></body></html>\r\n--${mark}--\r\n`
  );
}

function attachment(r: Random, room: number): string {
  const mark = `m1_${r.below(1e9).toString(36)}`;
  const letter = Math.min(1500, room >> 2);
  // Whole lines of 72 characters and CRLF.
  const length = Math.max(74, Math.floor((room - letter - 500) / 74) * 74);
  let content = '';
  while (content.length < length) {
    content += base64.slice(0, Math.min(length - content.length, base64.length));
  }
  return (
    `Content-Type: multipart/mixed; boundary="${mark}"\r\n\r\n--${mark}\r\n${alternative(r, letter)}--${mark}\r\n` +
    `Content-Type: application/pdf; name="report-${r.below(1000)}.pdf"\r\nContent-Transfer-Encoding: base64\r\n` +
    `Content-Disposition: attachment; filename="report.pdf"\r\n\r\n${content}--${mark}--\r\n`
  );
}

function subjectText(r: Random): string {
  const subject = Array.from({ length: 3 + r.below(6) }, () => words[r.below(words.length - 4)]);
  if (r.next() < 0.15) return `=?utf-8?Q?Gr=C3=BC=C3=9Fe:_${subject.join('_')}?=`;
  return `${r.next() < 0.4 ? 'Re: ' : ''}${subject.join(' ')}`;
}

function recipients(r: Random, count: number): string {
  return Array.from({ length: count }, () => {
    const name = r.pick(names);
    return `"${name}" <${address(name, r)}>`;
  }).join(',\r\n\t');
}

function address(name: string, r: Random): string {
  return `${name.toLowerCase().replace(' ', '.')}@${r.pick(hosts)}`;
}

function text(r: Random, length: number): string {
  let out = '';
  while (out.length < length) {
    const from = r.below(prose.length >> 1);
    out += prose.slice(from, from + length - out.length);
  }
  // A cut in the middle of a line end must leave no lone CR or LF.
  return `${out.replace(/^\n/, '').replace(/\r$/, '')}\r\n`.replace(/(?<!\r)\n/g, '\r\n');
}

function cut(from: string, r: Random, length: number): string {
  const at = r.below(Math.max(1, from.length - length));
  return from.slice(at, at + length);
}

function makeProse(r: Random, length: number): string {
  const lines: string[] = [];
  let line = '';
  let total = 0;
  while (total < length) {
    line += `${r.pick(words)} `;
    if (line.length < 68 + r.below(8)) continue;
    lines.push(line.trimEnd());
    total += line.length + 2;
    line = r.next() < 0.1 ? '\r\n' : '';
  }
  return lines.join('\r\n');
}

function makeBase64(r: Random, length: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('');
  const line = (): string => Array.from({ length: 72 }, () => r.pick(letters)).join('');
  // Distinct lines enough that no compressor finds the repetition cheap: a chunk is 256 KiB.
  const lines = Array.from({ length: Math.ceil((512 << 10) / 74) }, line);
  let out = '';
  while (out.length < length) out += `${lines.join('\r\n')}\r\n`;
  return out.slice(0, Math.floor(length / 74) * 74);
}

function rfcDate(epochMs: number): string {
  const date = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${dayNames[date.getUTCDay()]}, ${date.getUTCDate()} ${monthNames[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} +0000`;
}
