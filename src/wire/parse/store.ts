import type { StoreArguments } from '../../model/arguments.ts';
import type { Flag } from '../../model/flag.ts';
import type { ModSeq } from '../../model/ids.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
 *   store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
 *                                                              RFC 9051 section 9
 *   store-modifiers = SP "(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")"
 *                                                              RFC 7162 section 7
 */
export function parseStore(c: Cursor): StoreArguments {
  c.space();
  const set = c.sequenceSet();
  c.space();
  const unchangedSince = c.sees('(') ? parseModifiers(c) : undefined;
  const mode = c.tryChar('+') ? 'add' : c.tryChar('-') ? 'remove' : 'replace';
  const silent = c.tryWord('FLAGS.SILENT');
  if (!silent && !c.tryWord('FLAGS')) throw c.expected('store-att-flags');
  c.space();
  const flags = c.sees('(') ? c.flagList() : parseFlags(c);
  c.end();
  const edit = { mode, flags } as const;
  return { set, edit, silent, ...(unchangedSince !== undefined && { unchangedSince }) };
}

/** Only one UNCHANGEDSINCE may be there (RFC 7162 section 7). */
function parseModifiers(c: Cursor): ModSeq {
  c.char('(');
  if (!c.tryWord('UNCHANGEDSINCE', 'store-modifier')) throw c.expected('store-modifier');
  c.space();
  const modSeq = c.modSequenceOrZero();
  c.char(')');
  c.space();
  return modSeq;
}

function parseFlags(c: Cursor): Flag[] {
  const flags: Flag[] = [];
  do flags.push(c.flag());
  while (c.trySpace());
  return flags;
}
