import { type Connected, prepare, type Statement } from './statement.ts';
import { entryColumns } from './columns.ts';

/** The account's clock: the last row of its log. */
export const clockSql = 'SELECT ifnull(max(modseq), 0) FROM log';

const copied = 'message, size, internal_date, zone';

/** What the writer runs, and an opening before it. */
export const sql = {
  begin: 'BEGIN IMMEDIATE',
  beginRead: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  mark: 'SAVEPOINT job',
  release: 'RELEASE job',
  undo: 'ROLLBACK TO job',

  addAccount:
    'INSERT INTO account (one, id, folded, next_message, uidvalidity, vanished_floor) VALUES (1, ?, 0, 1, 0, 0)',
  account: `SELECT folded, next_message, uidvalidity, (${clockSql}), quota FROM account`,
  setNumbers: 'UPDATE account SET next_message = ?, uidvalidity = ?',
  setFolded: 'UPDATE account SET folded = ?, next_message = ?, uidvalidity = ?',
  setQuota: 'UPDATE account SET quota = ?',
  setFloor: 'UPDATE account SET vanished_floor = max(vanished_floor, ?)',

  addRecord: 'INSERT INTO log (modseq, record) VALUES (?, ?)',
  recordsSince: 'SELECT modseq, record FROM log WHERE modseq > ? ORDER BY modseq',
  recordSizes:
    'SELECT modseq, length(record) FROM log WHERE modseq < ? ORDER BY modseq DESC LIMIT ?',
  cutLog:
    'DELETE FROM log WHERE modseq IN (SELECT modseq FROM log WHERE modseq <= ? ORDER BY modseq LIMIT ?)',

  addMailbox:
    'INSERT INTO mailbox (object_id, name, selectable, special_use, uidvalidity, uidnext, highestmodseq, changed, acl) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)',
  setMailbox:
    'UPDATE mailbox SET name = ?, selectable = ?, special_use = ?, uidvalidity = ?, changed = ?, acl = ? WHERE id = ?',
  setCounters:
    'UPDATE mailbox SET uidnext = ?, highestmodseq = ?, messages = ?, unseen = ?, deleted = ?, size = ?, deleted_size = ? WHERE id = ?',
  setRecent: 'UPDATE mailbox SET first_recent_uid = max(first_recent_uid, ?) WHERE id = ?',
  removeMailbox:
    'UPDATE mailbox SET removed_name = name, name = NULL, special_use = NULL, removed_modseq = ?, removed_at = ? WHERE id = ?',
  addMailboxKeyword: 'INSERT OR IGNORE INTO mailbox_keyword (mailbox, keyword) VALUES (?, ?)',
  subscribe: 'INSERT OR IGNORE INTO subscription (name) VALUES (?)',
  unsubscribe: 'DELETE FROM subscription WHERE name = ?',

  setMetadata: `INSERT INTO metadata (mailbox, user, folded, name, modseq, value) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET name = excluded.name, modseq = excluded.modseq, value = excluded.value`,
  removeMetadata: 'DELETE FROM metadata WHERE mailbox = ? AND user = ? AND folded = ?',
  hasMetadata: 'SELECT 1 FROM metadata WHERE mailbox = ? AND user = ? AND folded = ?',
  countMetadata: `SELECT count(*) FILTER (WHERE mailbox = ? AND user = ?), count(*) FILTER (WHERE user = ?),
    count(*) FILTER (WHERE user > '') FROM metadata WHERE folded > ''`,
  // The next one behind this: one step of the key, however many entries each has.
  nextMetadataUser:
    'SELECT user FROM metadata WHERE mailbox = ? AND user > ? ORDER BY user LIMIT 1',
  metadataPage:
    'SELECT folded, name FROM metadata WHERE mailbox = ? AND user = ? AND folded > ? ORDER BY folded LIMIT ?',
  copyMetadata:
    'INSERT INTO metadata (mailbox, user, folded, name, modseq, value) SELECT ?, user, folded, name, ?, value FROM metadata WHERE mailbox = ? AND user = ? AND folded = ?',

  addMessage:
    'INSERT INTO message (id, email_id, thread, size, digest, preview, envelope, body_structure, structure, headers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  addBody: 'INSERT INTO body (id, codec, data) VALUES (?, ?, ?)',
  removeBodies:
    'DELETE FROM body WHERE id IN (SELECT id FROM body WHERE id >= ? AND id < ? LIMIT ?)',
  packing: 'SELECT packed, message, at FROM packing',
  setPacked: 'UPDATE packing SET packed = ?',
  setPackingMark: 'UPDATE packing SET packed = ?, message = ?, at = ?',
  bodyPage: 'SELECT id, codec, length(data) FROM body WHERE id >= ? AND id < ? ORDER BY id LIMIT ?',
  bodyData: 'SELECT data FROM body WHERE id = ?',
  setBody: 'UPDATE body SET codec = ?, data = ? WHERE id = ?',
  putBody: 'INSERT OR REPLACE INTO body (id, codec, data) VALUES (?, ?, ?)',
  addFile: 'INSERT INTO body_file (message, name) VALUES (?, ?)',
  fileOf: 'SELECT name FROM body_file WHERE message = ?',
  nextFile: `SELECT message, name, size FROM body_file JOIN message ON message.id = body_file.message
    WHERE message > ? AND message < ? ORDER BY message LIMIT 1`,
  files: 'SELECT name FROM body_file',
  fileIsNamed: 'SELECT 1 FROM body_file WHERE name = ?',
  forgetFile: 'DELETE FROM body_file WHERE message = ?',
  addStaging: 'INSERT INTO staging (message, touched) VALUES (?, ?)',
  touchStaging: 'UPDATE staging SET touched = ? WHERE message = ?',
  removeStaging: 'DELETE FROM staging WHERE message = ?',
  staleStaging: 'SELECT message FROM staging WHERE touched < ? LIMIT 1',
  thread: 'SELECT thread FROM thread_key WHERE hash = ?',
  addThread: 'INSERT OR IGNORE INTO thread_key (hash, thread) VALUES (?, ?)',

  addEntry: `INSERT INTO entry (mailbox, ${entryColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  /** A page of entries within a range of UIDs. */
  page: `SELECT ${entryColumns} FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid LIMIT ?`,
  settle:
    'UPDATE entry SET flags = ?, modseq = ? WHERE mailbox = ? AND uid BETWEEN ? AND ? AND modseq < ?',
  /** Each its own flags: text of ten digits for each UID from the one that is named. */
  settleEach: `UPDATE entry SET flags = CAST(substr(?, (uid - ?) * 10 + 1, 10) AS INTEGER), modseq = ?
    WHERE mailbox = ? AND uid BETWEEN ? AND ? AND modseq < ?`,
  copyRange: `INSERT INTO entry (mailbox, uid, flags, modseq, ${copied}, saved)
    SELECT ?, ? + row_number() OVER (ORDER BY uid), flags, ?, ${copied}, ? FROM entry
    WHERE mailbox = ? AND uid BETWEEN ? AND ?`,
  buryRange: `INSERT INTO vanished (mailbox, uid, flags, modseq, ${copied}, saved, at)
    SELECT mailbox, uid, flags, ?, ${copied}, saved, ? FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ?`,
  /** With flags given as in `settleEach`, where the log has others than the rows. */
  buryEach: `INSERT INTO vanished (mailbox, uid, flags, modseq, ${copied}, saved, at)
    SELECT mailbox, uid, CAST(substr(?, (uid - ?) * 10 + 1, 10) AS INTEGER), ?, ${copied}, saved, ?
    FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ?`,
  removeRange: 'DELETE FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ?',
  shareRange: `INSERT INTO shared (message, more) SELECT message, 1 FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ?
    ON CONFLICT DO UPDATE SET more = more + 1`,
  share:
    'INSERT INTO shared (message, more) VALUES (?, 1) ON CONFLICT DO UPDATE SET more = more + 1',
  shared: 'SELECT more FROM shared WHERE message = ?',
  unshare: 'UPDATE shared SET more = more - 1 WHERE message = ?',
  forgetShared: 'DELETE FROM shared WHERE message = ?',

  seenRange:
    'SELECT uid, seen, modseq FROM seen WHERE mailbox = ? AND user = ? AND uid BETWEEN ? AND ?',
  setSeen: `INSERT INTO seen (mailbox, user, uid, seen, modseq) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seen = excluded.seen, modseq = excluded.modseq`,
  clearSeen:
    'UPDATE seen SET seen = 0, modseq = ? WHERE mailbox = ? AND user IN (SELECT user FROM guest WHERE mailbox = ?) AND seen = 1',
  forgetStray: `DELETE FROM seen WHERE mailbox = ? AND user IN (SELECT user FROM guest WHERE mailbox = ?)
    AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.mailbox = seen.mailbox AND entry.uid = seen.uid)`,
  forgetSeen: `DELETE FROM seen WHERE mailbox = ? AND user IN (SELECT user FROM guest WHERE mailbox = ?) AND uid BETWEEN ? AND ?`,
  forgetGuests: 'DELETE FROM guest WHERE mailbox = ?',

  foreignRemoved: 'SELECT id FROM mailbox WHERE removed_modseq > ?',
  foreignEntries: `SELECT ${entryColumns} FROM entry WHERE mailbox = ? AND modseq > ? ORDER BY uid`,
  foreignVanished: 'SELECT uid FROM vanished WHERE mailbox = ? AND modseq > ? ORDER BY uid',

  setColumnFile:
    'INSERT OR REPLACE INTO column_file (mailbox, token, modseq, unseen_uid, seen_rows) VALUES (?, ?, ?, ?, ?)',
  forgetColumnFile: 'DELETE FROM column_file WHERE mailbox = ?',

  expired: `SELECT mailbox, modseq, uid, message, at FROM vanished
    WHERE mailbox = (SELECT min(mailbox) FROM vanished WHERE mailbox >= ?) ORDER BY modseq, uid LIMIT ?`,
  forgetVanished: 'DELETE FROM vanished WHERE mailbox = ? AND modseq = ? AND uid = ?',
  expiredMailbox: `SELECT id FROM mailbox WHERE removed_at < ?
    AND (EXISTS (SELECT 1 FROM entry WHERE mailbox = mailbox.id) OR EXISTS (SELECT 1 FROM mailbox_keyword WHERE mailbox = mailbox.id)
      OR EXISTS (SELECT 1 FROM guest WHERE mailbox = mailbox.id)) LIMIT 1`,
  forgetKeywords: 'DELETE FROM mailbox_keyword WHERE mailbox = ?',
  hasMessage: 'SELECT 1 FROM message WHERE id = ?',
  removeMessage: 'DELETE FROM message WHERE id = ?',
} as const;

export type Statements = Readonly<Record<keyof typeof sql, Statement>>;

/** Each statement is made when it is first asked for: an account that is only read needs none of them. */
class WriterStatements {
  readonly writer: Connected;

  constructor(writer: Connected) {
    this.writer = writer;
  }
}

for (const [name, text] of Object.entries(sql)) {
  Object.defineProperty(WriterStatements.prototype, name, {
    get(this: WriterStatements): Statement {
      const value = prepare(this.writer, text).raw();
      Object.defineProperty(this, name, { value });
      return value;
    },
  });
}

/** Everything the writer runs, each prepared at its first use; queries give rows as arrays. */
export function prepareWrites(writer: Connected): Statements {
  return new WriterStatements(writer) as unknown as Statements;
}
