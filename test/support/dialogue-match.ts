import type { ServerPattern } from './dialogue.ts';

/** What `$names` stand for in one dialogue. */
export type Variables = Map<string, string>;

/**
 * The bytes that a text of a dialogue stands for, as a latin1 string: UTF-8, `‹0d 0a›` for bytes by
 * number, `‹61*1000›` for many, `$name` and `$name+1` for what was captured.
 */
export function bytesOf(text: string, variables: Variables): string {
  const replaced = text.replace(
    /\$([a-z][a-z0-9]*)([+-]\d+)?/g,
    (whole, name: string, plus?: string) => {
      const value = variables.get(name);
      if (value === undefined) return whole;
      return plus === undefined ? value : String(BigInt(value) + BigInt(plus));
    },
  );
  return withNumberedBytes(replaced);
}

function withNumberedBytes(text: string): string {
  return text
    .split(/(‹[^›]*›)/)
    .map((part) => {
      if (!part.startsWith('‹')) return Buffer.from(part, 'utf8').toString('latin1');
      return part
        .slice(1, -1)
        .trim()
        .split(/ +/)
        .map((byte) => {
          const [hex, count] = byte.split('*');
          return String.fromCharCode(Number.parseInt(hex ?? '', 16)).repeat(Number(count ?? 1));
        })
        .join('');
    })
    .join('');
}

interface Comparison {
  readonly left: string;
  readonly relation: string;
  readonly right: string;
}

/**
 * Whether a response, bytes as latin1 without its last CRLF, is what the pattern says. New `$names`
 * are added to `variables` when it is. The result is undefined, or why not.
 */
export function mismatch(
  pattern: ServerPattern,
  response: string,
  variables: Variables,
): string | undefined {
  const sets: string[][] = [];
  const comparisons: Comparison[] = [];
  const named = new Set<string>();
  let source = '';
  pattern.pieces.forEach((piece, index) => {
    if (piece.kind === 'literal') {
      source += '\r\n' + escaped(piece.lines.map((line) => literalLine(line, variables)).join(''));
      return;
    }
    const literal = pattern.pieces[index + 1];
    const size = literal?.kind !== 'literal' ? 0 : literalSize(literal.lines, variables);
    const text = pattern.exact ? piece.text : unquotedName(piece.text);
    source += compile(text.replace(/\{#\}$/, `{${size}}`), {
      variables,
      sets,
      comparisons,
      named,
    });
  });
  const compared = pattern.exact ? response : inOrderOf(pattern, plain(pattern, response));
  const found = new RegExp(`^${source}$`, 's').exec(compared);
  if (found === null) return 'different';
  const groups = found.groups ?? {};
  for (const [index, wanted] of sets.entries()) {
    const problem = setMismatch(wanted, groups[`set${index}`] ?? '');
    if (problem !== undefined) return problem;
  }
  const after = new Map(variables);
  for (const name of named) after.set(name, groups[name] ?? '');
  for (const { left, relation, right } of comparisons) {
    const a = BigInt(after.get(left) ?? 'x');
    const b = BigInt(/^\d+$/.test(right) ? right : (after.get(right) ?? 'x'));
    if (relation === '>' ? a <= b : a < b)
      return `${left} (${a}) is not ${relation} ${right} (${b})`;
  }
  for (const [name, value] of after) variables.set(name, value);
  return undefined;
}

function literalLine(line: { text: string; crlf: boolean }, variables: Variables): string {
  return bytesOf(line.text, variables) + (line.crlf ? '\r\n' : '');
}

function literalSize(
  lines: readonly { text: string; crlf: boolean }[],
  variables: Variables,
): number {
  return lines.reduce((sum, line) => sum + literalLine(line, variables).length, 0);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

interface Compilation {
  readonly variables: Variables;
  readonly sets: string[][];
  readonly comparisons: Comparison[];
  readonly named: Set<string>;
}

/** A pattern's text as the source of a regular expression. */
function compile(text: string, into: Compilation): string {
  const holes =
    /(…|~\([^()]*\)|~\[[^\]]*\]|(?<=OK |NO |BAD |BYE )\[\] |\$[a-z][a-z0-9]*(?:>=?\$?[a-z0-9]+)?(?:[+-]\d+)?)/;
  return text
    .split(holes)
    .map((part, index) => {
      if (index % 2 === 0) return escaped(withNumberedBytes(part));
      if (part === '…') return '[\\s\\S]*?';
      if (part === '[] ') return '(?!\\[)';
      if (part.startsWith('~')) {
        const inner = bytesOf(part.slice(2, -1).trim(), into.variables);
        into.sets.push(inner === '' ? [] : inner.split(/ +/));
        const name = `set${into.sets.length - 1}`;
        return part.startsWith('~(') ? `\\((?<${name}>[^()]*)\\)` : `(?<${name}>[^\\]]*)`;
      }
      return compileName(part, into);
    })
    .join('');
}

function compileName(part: string, into: Compilation): string {
  const compared = /^\$([a-z][a-z0-9]*)(>=?)\$?([a-z0-9]+)$/.exec(part);
  const name = compared?.[1] ?? part.replace(/^\$/, '').replace(/[+-]\d+$/, '');
  if (compared !== null) {
    into.comparisons.push({ left: name, relation: compared[2] ?? '>', right: compared[3] ?? '0' });
  }
  if (into.variables.has(name)) {
    return escaped(
      compared === null ? bytesOf(part, into.variables) : (into.variables.get(name) ?? ''),
    );
  }
  if (into.named.has(name)) return `\\k<${name}>`;
  into.named.add(name);
  return `(?<${name}>[^\\s()\\[\\]{}"<>]+)`;
}

const hole = Buffer.from('…', 'utf8').toString('latin1');

/** `~(a b …)` and, without parentheses in the response, `~[a b …]`: all of these in any order; others too only with `…`. */
function setMismatch(wanted: readonly string[], text: string): string | undefined {
  const given = text === '' ? [] : text.split(' ');
  for (const item of wanted) {
    if (item === hole) continue;
    const at = given.indexOf(item);
    if (at < 0) return `${item} is missing`;
    given.splice(at, 1);
  }
  if (given.length > 0 && !wanted.includes(hole)) return `${given.join(' ')} is too much`;
  return undefined;
}

/** `LIST` with a name that was quoted without need, as if it were not: RFC 9051 section 9 leaves it to the server. */
function unquotedName(response: string): string {
  return response.replace(/^(\* L(?:IST|SUB) ~?\(.*?\) "\/") "([\w&\]/,+.=-]+)"/, '$1 $2');
}

/** What a server may write in several ways, in the one that patterns have. */
function plain(pattern: ServerPattern, response: string): string {
  const hasLiteral = pattern.pieces.some(({ kind }) => kind === 'literal');
  return unquotedName(hasLiteral ? response : quotedValues(response));
}

/** METADATA with literals that might have been quoted strings, as if they were: Dovecot sends no others. */
function quotedValues(response: string): string {
  if (!response.startsWith('* METADATA ')) return response;
  let text = '';
  let rest = response;
  for (;;) {
    const [announced, size] = /\{(\d+)\}\r\n/.exec(rest) ?? [];
    if (announced === undefined) return text + rest;
    const from = rest.indexOf(announced) + announced.length;
    const value = rest.slice(from, from + Number(size));
    const quoted = `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
    text += rest.slice(0, from - announced.length) + quoted;
    rest = rest.slice(from + value.length);
  }
}

/** The response with the items of its FETCH, STATUS or METADATA in the pattern's order, which the RFCs leave to the server, and without a UID that was not asked for. */
function inOrderOf(pattern: ServerPattern, response: string): string {
  const text = pattern.pieces.map((piece) => (piece.kind === 'line' ? piece.text : '')).join('');
  const wanted = fetchItems(text);
  const given = fetchItems(response);
  if (wanted === undefined || given === undefined) return response;
  // A server may always add the UID (RFC 9051 section 7.5.2 lets it send any item).
  const extra = given.size - wanted.size;
  if (extra !== 0 && (extra !== 1 || wanted.has('UID') || !given.has('UID'))) return response;
  if ([...wanted.keys()].some((name) => !given.has(name))) return response;
  const items = [...wanted.keys()].map((name) => `${name} ${given.get(name) ?? ''}`);
  return `${response.slice(0, response.indexOf(' (') + 2)}${items.join(' ')})`;
}

function fetchItems(text: string): ReadonlyMap<string, string> | undefined {
  const inner = /^\* (?:\S+ (?:UID)?FETCH|(?:STATUS|METADATA) (?:"[^"]*"|[^ "]+)) \((.*)\)$/s.exec(
    text,
  )?.[1];
  if (inner === undefined) return undefined;
  const tokens: string[] = [];
  let token = '';
  let depth = 0;
  for (let at = 0; at < inner.length; at++) {
    const char = inner[at]!;
    if (char === ' ' && depth === 0) {
      tokens.push(token);
      token = '';
      continue;
    }
    const literal = char === '{' ? /^\{(\d+)\}\r\n/.exec(inner.slice(at, at + 20)) : null;
    const quoted = char === '"' ? /^"(?:[^"\\]|\\.)*"/.exec(inner.slice(at)) : null;
    if ('(['.includes(char)) depth++;
    if (')]'.includes(char)) depth--;
    const whole =
      literal === null
        ? (quoted?.[0] ?? char)
        : inner.slice(at, at + literal[0].length + Number(literal[1]));
    token += whole;
    at += whole.length - 1;
  }
  tokens.push(token);
  if (tokens.length % 2 === 1) return undefined;
  return new Map(
    tokens
      .filter((_, index) => index % 2 === 0)
      .map((name, index) => [name, tokens[2 * index + 1] ?? '']),
  );
}
