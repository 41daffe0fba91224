import type { Connection, Statement } from './database.ts';
import { entryColumns } from './columns.ts';

const copied = 'message, size, internal_date, zone';

const sql = {
  begin: 'BEGIN IMMEDIATE',
  beginRead: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  mark: 'SAVEPOINT job',
  release: 'RELEASE job',
  undo: 'ROLLBACK TO job',

  account: 'SELECT modseq, next_message, uidvalidity FROM account',
  setAccount: 'UPDATE account SET modseq = ?, next_message = ?, uidvalidity = ?',
  setFloor: 'UPDATE account SET vanished_floor = ?',

  addMailbox:
    'INSERT INTO mailbox (object_id, name, selectable, special_use, uidvalidity, uidnext, highestmodseq, changed) VALUES (?, ?, ?, ?, ?, 1, ?, ?)',
  setMailbox:
    'UPDATE mailbox SET name = ?, selectable = ?, special_use = ?, uidvalidity = ?, changed = ? WHERE id = ?',
  setCounters:
    'UPDATE mailbox SET uidnext = ?, highestmodseq = ?, messages = ?, unseen = ?, deleted = ?, size = ? WHERE id = ?',
  setRecent: 'UPDATE mailbox SET first_recent_uid = max(first_recent_uid, ?) WHERE id = ?',
  removeMailbox:
    'UPDATE mailbox SET removed_name = name, name = NULL, special_use = NULL, removed_modseq = ?, removed_at = ? WHERE id = ?',
  addMailboxKeyword: 'INSERT OR IGNORE INTO mailbox_keyword (mailbox, keyword) VALUES (?, ?)',
  subscribe: 'INSERT OR IGNORE INTO subscription (name) VALUES (?)',
  unsubscribe: 'DELETE FROM subscription WHERE name = ?',

  addMessage:
    'INSERT INTO message (id, email_id, thread, size, digest, preview, envelope, body_structure, structure, headers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  addBody: 'INSERT INTO body (id, codec, data) VALUES (?, ?, ?)',
  removeBodies:
    'DELETE FROM body WHERE id IN (SELECT id FROM body WHERE id >= ? AND id < ? LIMIT ?)',
  packing: 'SELECT packed, message, at FROM packing',
  setPacked: 'UPDATE packing SET packed = ?',
  setPackingMark:
    'UPDATE packing SET packed = ?, message = (SELECT next_message FROM account), at = ?',
  bodyPage: 'SELECT id, codec, length(data) FROM body WHERE id >= ? AND id < ? ORDER BY id LIMIT ?',
  bodyData: 'SELECT data FROM body WHERE id = ?',
  setBody: 'UPDATE body SET codec = ?, data = ? WHERE id = ?',
  addStaging: 'INSERT INTO staging (message, touched) VALUES (?, ?)',
  touchStaging: 'UPDATE staging SET touched = ? WHERE message = ?',
  removeStaging: 'DELETE FROM staging WHERE message = ?',
  staleStaging: 'SELECT message FROM staging WHERE touched < ? LIMIT 1',
  thread: 'SELECT thread FROM thread_key WHERE hash = ?',
  addThread: 'INSERT OR IGNORE INTO thread_key (hash, thread) VALUES (?, ?)',

  addEntry: `INSERT INTO entry (mailbox, ${entryColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  /** A page of entries within a range of UIDs. */
  page: `SELECT ${entryColumns} FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid LIMIT ?`,
  deletedPage: `SELECT ${entryColumns} FROM entry INDEXED BY entry_deleted WHERE mailbox = ? AND uid BETWEEN ? AND ? AND (flags & 4) != 0 ORDER BY uid LIMIT ?`,
  setFlags:
    'UPDATE entry SET flags = ?, modseq = ? WHERE mailbox = ? AND uid BETWEEN ? AND ? AND flags = ? AND modseq <= ?',
  copyRange: `INSERT INTO entry (mailbox, uid, flags, modseq, ${copied}, saved)
    SELECT ?, ? + row_number() OVER (ORDER BY uid), flags, ?, ${copied}, ? FROM entry
    WHERE mailbox = ? AND uid BETWEEN ? AND ?`,
  logRange: `INSERT INTO vanished (mailbox, uid, flags, modseq, ${copied}, saved, at)
    SELECT mailbox, uid, flags, ?, ${copied}, saved, ? FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ?`,
  removeRange: 'DELETE FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ?',

  logDeleted: `INSERT INTO vanished (mailbox, uid, flags, modseq, ${copied}, saved, at)
    SELECT mailbox, uid, flags, ?, ${copied}, saved, ? FROM entry INDEXED BY entry_deleted
    WHERE mailbox = ? AND uid BETWEEN ? AND ? AND (flags & 4) != 0`,
  removeDeleted:
    'DELETE FROM entry INDEXED BY entry_deleted WHERE mailbox = ? AND uid BETWEEN ? AND ? AND (flags & 4) != 0',

  foreignRemoved: 'SELECT id FROM mailbox WHERE removed_modseq > ?',
  foreignEntries: `SELECT ${entryColumns} FROM entry WHERE mailbox = ? AND modseq > ? ORDER BY uid`,
  foreignVanished: `SELECT ${entryColumns} FROM vanished WHERE mailbox = ? AND modseq > ? ORDER BY uid`,

  setColumnFile: 'INSERT OR REPLACE INTO column_file (mailbox, token) VALUES (?, ?)',
  forgetColumnFile: 'DELETE FROM column_file WHERE mailbox = ?',

  expired:
    'SELECT mailbox, modseq, uid, message, at FROM vanished INDEXED BY vanished_modseq ORDER BY modseq LIMIT ?',
  forgetVanished: 'DELETE FROM vanished WHERE mailbox = ? AND modseq = ? AND uid = ?',
  expiredMailbox: `SELECT id FROM mailbox WHERE removed_at < ?
    AND (EXISTS (SELECT 1 FROM entry WHERE mailbox = mailbox.id) OR EXISTS (SELECT 1 FROM mailbox_keyword WHERE mailbox = mailbox.id)) LIMIT 1`,
  forgetKeywords: 'DELETE FROM mailbox_keyword WHERE mailbox = ?',
  hasMessage: 'SELECT 1 FROM message WHERE id = ?',
  isUsed:
    'SELECT EXISTS (SELECT 1 FROM entry WHERE message = ?) OR EXISTS (SELECT 1 FROM vanished WHERE message = ?)',
  removeMessage: 'DELETE FROM message WHERE id = ?',
} as const;

export type Statements = Readonly<Record<keyof typeof sql, Statement>>;

/** Everything the writer runs, prepared once; queries give rows as arrays. */
export function prepareWrites(connection: Connection): Statements {
  const prepared: Record<string, Statement> = {};
  for (const [name, text] of Object.entries(sql)) {
    const statement = connection.prepare<unknown[]>(text);
    prepared[name] = statement.reader ? statement.raw() : statement;
  }
  return prepared as Statements;
}
