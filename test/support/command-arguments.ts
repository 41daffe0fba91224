import assert from 'node:assert/strict';
import { defaultLimits } from '../../src/base/limits.ts';
import { Refusal } from '../../src/model/refusal.ts';
import { Cursor } from '../../src/wire/cursor.ts';
import { parseAppend } from '../../src/wire/parse/append.ts';
import { parseAuthenticate } from '../../src/wire/parse/authenticate.ts';
import { parseCommandStart } from '../../src/wire/parse/command.ts';
import { parseCopy } from '../../src/wire/parse/copy.ts';
import { parseCreate } from '../../src/wire/parse/create.ts';
import { parseEnable } from '../../src/wire/parse/enable.ts';
import { parseExpunge } from '../../src/wire/parse/expunge.ts';
import { parseFetch } from '../../src/wire/parse/fetch.ts';
import { parseGetMetadata } from '../../src/wire/parse/getmetadata.ts';
import { parseId } from '../../src/wire/parse/id.ts';
import { parseList } from '../../src/wire/parse/list.ts';
import { parseLogin } from '../../src/wire/parse/login.ts';
import { parseLsub } from '../../src/wire/parse/lsub.ts';
import { parseMailbox } from '../../src/wire/parse/mailbox.ts';
import { parseNothing } from '../../src/wire/parse/nothing.ts';
import { parseRename } from '../../src/wire/parse/rename.ts';
import { parseSearch } from '../../src/wire/parse/search.ts';
import { parseSelect } from '../../src/wire/parse/select.ts';
import { parseSetMetadata } from '../../src/wire/parse/setmetadata.ts';
import { parseStatus } from '../../src/wire/parse/status.ts';
import { parseStore } from '../../src/wire/parse/store.ts';

type Parse = (c: Cursor, uid: boolean) => unknown;

export const parsers: Readonly<Record<string, Parse>> = {
  APPEND: parseAppend,
  AUTHENTICATE: parseAuthenticate,
  COPY: parseCopy,
  CREATE: parseCreate,
  DELETE: parseMailbox,
  ENABLE: parseEnable,
  EXAMINE: parseSelect,
  EXPUNGE: parseExpunge,
  FETCH: parseFetch,
  GETMETADATA: parseGetMetadata,
  ID: parseId,
  LIST: parseList,
  LOGIN: parseLogin,
  LSUB: parseLsub,
  MOVE: parseCopy,
  NOOP: parseNothing,
  RENAME: parseRename,
  SEARCH: parseSearch,
  SELECT: parseSelect,
  SETMETADATA: parseSetMetadata,
  STATUS: parseStatus,
  STORE: parseStore,
};

interface Options {
  readonly utf8?: boolean;
}

function bytesOf(command: string | Uint8Array): Uint8Array {
  return typeof command === 'string' ? Buffer.from(command, 'utf8') : command;
}

/** What the command without its tag says. */
export function read(command: string | Uint8Array, { utf8 = false }: Options = {}): unknown {
  const bytes = Buffer.concat([Buffer.from('a '), bytesOf(command)]);
  const { name, uid, position } = parseCommandStart(bytes);
  return parsers[name]!(new Cursor(bytes, { utf8, position, limits: defaultLimits }), uid);
}

export function parses(command: string | Uint8Array, value: unknown, options?: Options): void {
  assert.deepEqual(read(command, options), value, String(command));
}

/** Refused with a text that holds `expectation`; BAD unless said otherwise. */
export function refuses(
  command: string | Uint8Array,
  expectation: string,
  { status = 'BAD', ...options }: Options & { status?: string } = {},
): void {
  let refusal: unknown;
  try {
    read(command, options);
  } catch (error) {
    refusal = error;
  }
  assert.ok(refusal instanceof Refusal, `${String(command)} is not refused: ${String(refusal)}`);
  assert.equal(refusal.status, status);
  assert.ok(refusal.message.includes(expectation), `${String(command)}: ${refusal.message}`);
}

export const ranges = (...pairs: readonly (readonly [number | '*', number | '*'])[]): unknown => ({
  kind: 'ranges',
  ranges: pairs.map(([first, last]) => ({ first, last })),
});
