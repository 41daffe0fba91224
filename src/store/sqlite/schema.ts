import type { Schema } from './database.ts';

/**
 * Relations of an account's `mail.db`. The file is the account: in an engine that keeps many accounts in
 * one database every key below begins with the account.
 *
 * An entry's `flags` is one number: the system flags as bits (1 \Answered, 2 \Flagged, 4 \Deleted, 8 \Seen,
 * 16 \Draft, the order of RFC 9051 section 2.3.2) plus 32 times the number of its keyword set.
 */
const mail = `
-- One row: how far the log is folded, and numbers that only ever grow, as of then (message numbers of staged messages as of any time).
CREATE TABLE account (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id TEXT NOT NULL,
  folded INTEGER NOT NULL,
  next_message INTEGER NOT NULL,
  uidvalidity INTEGER NOT NULL,
  -- What is laid down for this account (model/quota.ts), as JSON; NULL is nothing.
  quota TEXT,
  -- What is gone is known in full above this mod-sequence.
  vanished_floor INTEGER NOT NULL
) STRICT;

-- What every write did (log.ts), without a gap: the account's clock is the last row's. Old rows are cut off, never the last.
CREATE TABLE log (
  modseq INTEGER PRIMARY KEY,
  record TEXT NOT NULL
) STRICT;

-- UIDNEXT, HIGHESTMODSEQ, messages, unseen, deleted, size and deleted_size are as of account.folded; the log has what came after.
-- A removed mailbox keeps its row (name NULL) and, for the retention time, its entries: removing is one update.
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY,
  object_id TEXT NOT NULL UNIQUE,
  name TEXT UNIQUE,
  selectable INTEGER NOT NULL,
  special_use TEXT UNIQUE,
  uidvalidity INTEGER NOT NULL,
  uidnext INTEGER NOT NULL,
  highestmodseq INTEGER NOT NULL,
  -- When it was last created, renamed, subscribed or given a special use.
  changed INTEGER NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0,
  deleted_size INTEGER NOT NULL DEFAULT 0,
  first_recent_uid INTEGER NOT NULL DEFAULT 1,
  removed_modseq INTEGER,
  removed_at INTEGER,
  removed_name TEXT,
  -- Who else may do what with it: JSON of [identifier, rights] pairs, or NULL. Identifiers are 'anyone' and ids of accounts, with '-' where rights are taken.
  acl TEXT
) STRICT;
CREATE INDEX mailbox_removed ON mailbox (removed_modseq) WHERE removed_modseq IS NOT NULL;

CREATE TABLE subscription (
  name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Keywords of the account, in the case first used; and which of them each mailbox has or had.
CREATE TABLE keyword (
  id INTEGER PRIMARY KEY,
  folded TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL
) STRICT;
CREATE TABLE mailbox_keyword (
  mailbox INTEGER NOT NULL,
  keyword INTEGER NOT NULL,
  PRIMARY KEY (mailbox, keyword)
) STRICT, WITHOUT ROWID;
-- Each distinct combination of keywords once: a JSON array of keyword ids, ascending. Number 0 is no keywords.
CREATE TABLE keyword_set (
  id INTEGER PRIMARY KEY,
  keywords TEXT NOT NULL UNIQUE
) STRICT;

-- What was read from a message once; shared by its copies. The large columns come last. envelope is what clients are told,
-- or a JSON array where not all are told alike; body_structure is what they are told or NULL, structure all there is to know.
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  email_id TEXT NOT NULL,
  thread INTEGER NOT NULL,
  size INTEGER NOT NULL,
  digest BLOB NOT NULL,
  preview TEXT NOT NULL,
  envelope TEXT NOT NULL,
  body_structure TEXT,
  structure TEXT NOT NULL,
  headers BLOB NOT NULL
) STRICT;

-- A message in a mailbox, with all that its column needs, so that loading a mailbox joins nothing. Flags and
-- mod-sequence are those of the log where it has later ones above account.folded.
CREATE TABLE entry (
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  message INTEGER NOT NULL,
  size INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  zone INTEGER NOT NULL,
  saved INTEGER NOT NULL,
  PRIMARY KEY (mailbox, uid)
) STRICT, WITHOUT ROWID;

-- What is gone, as it was last, until the retention passes: for QRESYNC, and undelete.
CREATE TABLE vanished (
  mailbox INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  message INTEGER NOT NULL,
  size INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  zone INTEGER NOT NULL,
  saved INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (mailbox, modseq, uid)
) STRICT, WITHOUT ROWID;
-- Messages that more than one row of entry and vanished refers to, and how many more.
CREATE TABLE shared (
  message INTEGER PRIMARY KEY,
  more INTEGER NOT NULL
) STRICT;

-- Seen marks of users that the mailbox is shared with: the owner's is in the flags of entry. What is not here was never seen.
CREATE TABLE seen (
  mailbox INTEGER NOT NULL,
  user TEXT NOT NULL,
  uid INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  PRIMARY KEY (mailbox, user, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_modseq ON seen (mailbox, user, modseq);
-- How many messages of a mailbox each of them has seen: counted by the triggers.
CREATE TABLE guest (
  mailbox INTEGER NOT NULL,
  user TEXT NOT NULL,
  seen INTEGER NOT NULL,
  PRIMARY KEY (mailbox, user)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER seen_added AFTER INSERT ON seen BEGIN
  INSERT INTO guest (mailbox, user, seen) VALUES (new.mailbox, new.user, new.seen)
    ON CONFLICT DO UPDATE SET seen = seen + new.seen;
END;
CREATE TRIGGER seen_changed AFTER UPDATE OF seen ON seen WHEN new.seen <> old.seen BEGIN
  UPDATE guest SET seen = seen + new.seen - old.seen WHERE mailbox = new.mailbox AND user = new.user;
END;
CREATE TRIGGER seen_removed AFTER DELETE ON seen WHEN old.seen = 1 BEGIN
  UPDATE guest SET seen = seen - 1 WHERE mailbox = old.mailbox AND user = old.user;
END;

-- A message's bytes in chunks of 256 KiB: id is message * 65536 + chunk, so a message's chunks lie together.
CREATE TABLE body (
  id INTEGER PRIMARY KEY,
  codec INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
-- Large messages whose bytes are not packed yet: all of them are in a file of this name in bodies/, and rows of body only repeat it.
CREATE TABLE body_file (
  message INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;
-- One row: all rows of body below packed are packed if they gain by it; messages below message had come at this time.
CREATE TABLE packing (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  packed INTEGER NOT NULL,
  message INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
INSERT INTO packing (one, packed, message, at) VALUES (1, 0, 0, 0);
-- Messages whose chunks are coming in and that nobody appended yet.
CREATE TABLE staging (
  message INTEGER PRIMARY KEY,
  touched INTEGER NOT NULL
) STRICT;

-- What clients noted of mailboxes, and under mailbox 0 of the account (RFC 5464). folded: the name in lower case, which compares;
-- the row whose name is empty tells when an entry of the mailbox was last removed.
CREATE TABLE metadata (
  mailbox INTEGER NOT NULL,
  folded TEXT NOT NULL,
  name TEXT NOT NULL,
  modseq INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (mailbox, folded)
) STRICT, WITHOUT ROWID;

-- Which conversation a Message-ID belongs to: 52 bits of its SHA-256.
CREATE TABLE thread_key (
  hash INTEGER PRIMARY KEY,
  thread INTEGER NOT NULL
) STRICT;

INSERT INTO keyword_set (id, keywords) VALUES (0, '[]');
`;

const columnFiles = `
-- Which file in columns/ belongs to this very history of the mailbox: a copy put back from a backup names an older one.
CREATE TABLE column_file (
  mailbox INTEGER PRIMARY KEY,
  token INTEGER NOT NULL,
  -- As of this mod-sequence that many messages were below this UID, all of them seen.
  modseq INTEGER NOT NULL,
  unseen_uid INTEGER NOT NULL,
  seen_rows INTEGER NOT NULL
) STRICT;
`;

// Private entries are each user's own (RFC 5464 section 3.2). A log of this version may also say that INBOX was renamed.
const metadataOfUsers = `
ALTER TABLE metadata RENAME TO metadata_of_owner;
-- What clients noted of mailboxes, and under mailbox 0 of the account (RFC 5464). user: whose private entry it is, where he is not
-- the owner, else empty. folded: the name in lower case, which compares; the row whose name is empty tells when an entry was last removed.
CREATE TABLE metadata (
  mailbox INTEGER NOT NULL,
  user TEXT NOT NULL,
  folded TEXT NOT NULL,
  name TEXT NOT NULL,
  modseq INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (mailbox, user, folded)
) STRICT, WITHOUT ROWID;
INSERT INTO metadata SELECT mailbox, '', folded, name, modseq, value FROM metadata_of_owner;
DROP TABLE metadata_of_owner;
`;

/** `Rmal` */
export const mailSchema: Schema = {
  applicationId: 0x52_6d_61_6c,
  migrations: [mail, columnFiles, metadataOfUsers],
};

const directory = `
-- state: 'making' until its mail.db is whole, then 'live'; 'removed' until its files are gone.
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('making', 'live', 'removed')),
  password_hash TEXT NOT NULL,
  -- JSON: by name, whether it is on; only where the account differs from the others.
  capabilities TEXT NOT NULL DEFAULT '{}',
  -- 1: nobody logs in; it is there for those whom its mailboxes are shared with.
  shared INTEGER NOT NULL DEFAULT 0,
  administrator INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  -- When time's work was last begun there by whoever looks after all accounts.
  tended_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX account_tended ON account (tended_at);

-- folded: NFC, then ASCII lower case. Position 0 is the address that logs in, the others are aliases.
CREATE TABLE address (
  folded TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  address TEXT NOT NULL,
  UNIQUE (account, position)
) STRICT, WITHOUT ROWID;

-- Which accounts may share something with whom: an id, or 'anyone'. The lists themselves are in mail.db; this may say too much.
CREATE TABLE share (
  grantee TEXT NOT NULL,
  owner TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  PRIMARY KEY (grantee, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_owner ON share (owner);
`;

const secrets = `
-- One row: what digests of large messages are made with (digest.ts), the same for all accounts, so that a copy into another one is known as the same.
CREATE TABLE secret (
  digest_key BLOB NOT NULL
) STRICT;
INSERT INTO secret VALUES (randomblob(32));
`;

/** `Rdir` */
export const directorySchema: Schema = {
  applicationId: 0x52_64_69_72,
  migrations: [directory, secrets],
};
