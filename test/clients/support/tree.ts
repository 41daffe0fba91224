/** A response as nested lists: quoted strings and literals as strings, NIL as null, atoms as themselves. */
export type Tree = string | number | null | readonly Tree[];

/** Reads `* 1 FETCH (…)`; throws where it is not grammatical. Bytes as latin1. */
export function parseResponse(text: string): Tree[] {
  let at = 0;

  function value(): Tree {
    const character = text[at];
    if (character === '(') return list();
    if (character === '"') return quoted();
    const literal = /^~?\{(\d+)\}\r\n/.exec(text.slice(at, at + 24));
    if (literal !== null) {
      at += literal[0].length + Number(literal[1]);
      return text.slice(at - Number(literal[1]), at);
    }
    const atom = /^[^\s()"{]+(?:\[[^\]]*\](?:<\d+>)?)?/.exec(text.slice(at, at + 1000))?.[0];
    if (atom === undefined) throw new Error(`nothing to read at ${at}: ${text.slice(at, at + 40)}`);
    at += atom.length;
    if (atom === 'NIL') return null;
    return /^\d+$/.test(atom) ? Number(atom) : atom;
  }

  function list(): Tree[] {
    at++;
    const items: Tree[] = [];
    while (text[at] !== ')') {
      // Lists of lists (addresses, parts) follow one another without a space.
      const joined = text[at] === '(' && text[at - 1] === ')';
      if (items.length > 0 && !joined && text[at++] !== ' ')
        throw new Error(`no space at ${at - 1}`);
      if (at >= text.length) throw new Error('the list has no end');
      items.push(value());
    }
    at++;
    return items;
  }

  function quoted(): string {
    let result = '';
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length || text[at] === '\r') throw new Error('the string has no end');
      if (text[at] === '\\') at++;
      result += text[at];
    }
    at++;
    return result;
  }

  const items: Tree[] = [];
  while (at < text.length) {
    if (items.length > 0 && text[at++] !== ' ') throw new Error(`no space at ${at - 1}`);
    items.push(value());
  }
  return items;
}
