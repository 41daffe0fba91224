/**
 * Dialogues: conversations between IMAP clients and the server, written in Markdown and run as tests.
 * `docs/dialogues.md` is their language. This file reads them; `dialogue-run.ts` has them.
 */

export interface Dialogue {
  readonly file: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly title: string;
  readonly fixture: Fixture;
  readonly steps: readonly Step[];
  /** Connections that the steps speak on. */
  readonly connections: number;
}

/** What `<!-- key: value; … -->` said, keys in lower case, in the order written. */
export type Fixture = readonly (readonly [key: string, value: string])[];

export type Step = SendStep | ActStep | ExpectStep;

interface At {
  readonly line: number;
  readonly connection: number;
}

/** Bytes that go out in one write. */
export interface SendStep extends At {
  readonly kind: 'send';
  readonly lines: readonly ClientLine[];
}

export interface ClientLine {
  readonly text: string;
  readonly crlf: boolean;
  /** What `{#}` at the end of `text` measures. */
  readonly literal: ClientLine[];
}

/** `(tls)`, `(close)`, `(wait 50ms)`, `(silence)`, `(closed)`. */
export interface ActStep extends At {
  readonly kind: 'act';
  readonly action: string;
}

/** Responses that must come, in any order among themselves. */
export interface ExpectStep extends At {
  readonly kind: 'expect';
  readonly patterns: readonly ServerPattern[];
  /** Whether the next step of this connection waits for the server too. */
  readonly moreFollows: boolean;
}

export interface ServerPattern {
  readonly line: number;
  /** Lines and literals in turn, as in the response. */
  readonly pieces: readonly ServerPiece[];
  readonly times: 'once' | 'optional' | 'many';
  /** Whether the items of a FETCH response must come in this order too. */
  readonly exact: boolean;
}

export type ServerPiece =
  | { readonly kind: 'line'; readonly text: string }
  | {
      readonly kind: 'literal';
      readonly lines: readonly { readonly text: string; readonly crlf: boolean }[];
    };

/** No command and no response begins with a parenthesis. */
const actionPattern = /^\(([a-z][a-z0-9 ]*)\)$/;

interface RawLine {
  readonly line: number;
  readonly connection: number;
  readonly side: 'C' | 'S';
  readonly mark: string;
  readonly text: string;
}

/** All dialogues of one Markdown text. */
export function readDialogues(file: string, markdown: string): Dialogue[] {
  const dialogues: Dialogue[] = [];
  const lines = markdown.split('\n');
  let title = '';
  let common: Fixture = [];
  let own: Fixture = [];
  for (let at = 0; at < lines.length; at++) {
    const text = lines[at] ?? '';
    const heading = /^(#+) (.*)$/.exec(text);
    if (heading !== null) {
      title = heading[2] ?? '';
      own = [];
    } else if (text.startsWith('<!--')) {
      const from = at;
      while (!(lines[at] ?? '-->').includes('-->')) at++;
      const fixture = readFixture(lines.slice(from, at + 1).join(' '));
      if (dialogues.length === 0 && title === titleOf(lines)) common = fixture;
      else own = fixture;
    } else if (text === '```imap') {
      const from = at + 1;
      while (at < lines.length && lines[at] !== '```') at++;
      const steps = readSteps(file, lines.slice(from, at), from + 1);
      const connections = Math.max(1, ...steps.map((step) => step.connection));
      const overridden = new Set(own.map(([key]) => key));
      const fixture = [...common.filter(([key]) => !overridden.has(key)), ...own];
      dialogues.push({ file, line: from, title, fixture, steps, connections });
    }
  }
  return dialogues;
}

function titleOf(lines: readonly string[]): string {
  return (lines.find((line) => line.startsWith('# ')) ?? '# ').slice(2);
}

function readFixture(comment: string): Fixture {
  const inner = comment.replace(/^<!--/, '').replace(/-->.*$/, '');
  return inner
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const cut = part.indexOf(':');
      if (cut < 0) throw new Error(`fixture without a colon: ${part}`);
      return [part.slice(0, cut).trim(), part.slice(cut + 1).trim()] as const;
    });
}

function readSteps(file: string, lines: readonly string[], firstLine: number): Step[] {
  const raw: RawLine[] = [];
  lines.forEach((text, index) => {
    if (text.trim() === '' || text.startsWith('#')) return;
    const match = /^(\d*)([CS])(\|-|[:|?*=-]) ?(.*)$/.exec(text);
    if (match === null)
      throw new Error(`${file}:${firstLine + index}: not a dialogue line: ${text}`);
    const [, connection, side, mark, rest] = match;
    raw.push({
      line: firstLine + index,
      connection: connection === '' ? 1 : Number(connection),
      side: side as 'C' | 'S',
      mark: mark ?? ':',
      text: rest ?? '',
    });
  });
  const steps: Step[] = [];
  let at = 0;
  while (at < raw.length) {
    const line = raw[at]!;
    const action = line.mark === ':' ? actionPattern.exec(line.text) : null;
    if (action !== null) {
      steps.push({
        kind: 'act',
        line: line.line,
        connection: line.connection,
        action: action[1] ?? '',
      });
      at++;
    } else if (line.side === 'C') at = readSend(raw, at, steps);
    else at = readExpect(raw, at, { file, steps });
  }
  return steps.map((step, index) => {
    if (step.kind !== 'expect') return step;
    const next = steps.slice(index + 1).find((other) => other.connection === step.connection);
    return { ...step, moreFollows: next?.kind === 'expect' };
  });
}

/** Consecutive client lines of one connection are one write. */
function readSend(raw: readonly RawLine[], from: number, steps: Step[]): number {
  const first = raw[from]!;
  const lines: ClientLine[] = [];
  let at = from;
  let waiting = lastMeasured(steps, first.connection);
  while (at < raw.length) {
    const line = raw[at]!;
    if (line.side !== 'C' || line.connection !== first.connection) break;
    if (line.mark === ':' && actionPattern.test(line.text)) break;
    const item: ClientLine = {
      text: line.text,
      crlf: line.mark === ':' || line.mark === '|',
      literal: [],
    };
    if (line.mark.startsWith('|')) waiting?.literal.push(item);
    else waiting = undefined;
    if (/\{#[+-]?\}$/.test(line.text)) waiting = item;
    lines.push(item);
    at++;
  }
  steps.push({ kind: 'send', line: first.line, connection: first.connection, lines });
  return at;
}

/** A `{#}` that ended the connection's last turn: its literal comes after the server's continuation. */
function lastMeasured(steps: readonly Step[], connection: number): ClientLine | undefined {
  const last = steps.findLast(
    (step): step is SendStep => step.connection === connection && step.kind === 'send',
  );
  const line = last?.lines.at(-1);
  return line !== undefined && /\{#[+-]?\}$/.test(line.text) ? line : undefined;
}

function readExpect(
  raw: readonly RawLine[],
  from: number,
  context: { readonly file: string; readonly steps: Step[] },
): number {
  const first = raw[from]!;
  const patterns: ServerPattern[] = [];
  const grouped = first.text === '{' && first.mark === ':';
  let at = grouped ? from + 1 : from;
  do {
    const line = raw[at];
    if (line === undefined || line.side !== 'S' || line.connection !== first.connection) {
      throw new Error(`${context.file}:${first.line}: group without an end`);
    }
    if (grouped && line.text === '}') break;
    const read = readPattern(raw, at);
    patterns.push(read.pattern);
    at = read.next;
  } while (grouped);
  const { line, connection } = first;
  context.steps.push({ kind: 'expect', line, connection, patterns, moreFollows: false });
  return grouped ? at + 1 : at;
}

function readPattern(
  raw: readonly RawLine[],
  from: number,
): { pattern: ServerPattern; next: number } {
  const first = raw[from]!;
  const pieces: ServerPiece[] = [{ kind: 'line', text: first.text }];
  let at = from + 1;
  let open = /\{[\d#…]+\}$/.test(first.text);
  while (open) {
    const literal: { text: string; crlf: boolean }[] = [];
    while (
      raw[at]?.side === 'S' &&
      raw[at]?.connection === first.connection &&
      raw[at]?.mark.startsWith('|')
    ) {
      literal.push({ text: raw[at]!.text, crlf: raw[at]!.mark === '|' });
      at++;
    }
    pieces.push({ kind: 'literal', lines: literal });
    const rest = raw[at];
    if (rest?.side !== 'S' || rest.connection !== first.connection) break;
    pieces.push({ kind: 'line', text: rest.text });
    open = /\{[\d#…]+\}$/.test(rest.text);
    at++;
  }
  const times = first.mark === '?' ? 'optional' : first.mark === '*' ? 'many' : 'once';
  return { pattern: { line: first.line, pieces, times, exact: first.mark === '=' }, next: at };
}
