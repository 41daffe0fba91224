/**
 * Every limit on what a stranger can make the server hold, do or wait for: a name, a unit, a reason.
 * An operator changes them under `[limits]` in `restante.toml`; code receives them as a `Limits`.
 */
const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const defaultLimits = {
  /** One command line without its literals; 64 KiB since clients send large message sets (RFC 2683 section 3.2.1.5 asks for 8000 at least). */
  lineBytesMax: 64 * KIB,
  /** All literals of one command that is not a message: mailbox names, search strings, credentials. */
  commandLiteralBytesMax: 256 * KIB,
  /** One message by APPEND or LMTP, announced as APPENDLIMIT (RFC 7889) and SIZE (RFC 1870). */
  messageBytesMax: 256 * MIB,
  /** Before login a stranger gets small lines only; tokens of OAuth fit. */
  lineBytesBeforeLoginMax: 64 * KIB,
  /** Before login: user name and password literals. */
  literalBytesBeforeLoginMax: 8 * KIB,
  /** Nesting of parentheses and of search keys: recursion depth of the parser. Gnus needs two for each message of a thread. */
  parseDepthMax: 500,
  /** Search keys in one program: each costs a pass over a message. */
  searchKeysMax: 1000,
  /** Messages that one COPY or MOVE takes into another account: each is staged until all are there. */
  copyAcrossMessagesMax: 10_000,
  /**
   * Commands, or bytes of a message, that a client has sent and we have not begun: beyond it we stop reading its socket.
   * What twenty clients send ahead comes and goes, and more of that makes V8 collect everything (docs/decisions/0033).
   */
  pipelinedBytesMax: 256 * KIB,
  /** Levels of MIME nesting that are parsed; deeper parts are one opaque part. */
  mimeDepthMax: 64,
  /** MIME parts of one message that are told apart; the rest belongs to the last one. */
  mimePartsMax: 4096,
  /** Bytes of one part's header that are read for structure; the rest counts but is not parsed. */
  mimeHeaderBytesMax: 1 * MIB,
  /** One mailbox name, in UTF-8 bytes, so that it fits LIST answers and file systems of backups. */
  mailboxNameBytesMax: 1000,
  /** Levels of one mailbox name. */
  mailboxDepthMax: 100,
  /** Mailboxes of one account. */
  mailboxesMax: 100_000,
  /** Distinct keywords of one mailbox: each costs memory in every session's FLAGS answer. */
  keywordsMax: 4096,
  /** Bytes of one keyword. */
  keywordBytesMax: 255,
  /** Connections from one address; phones behind one NAT share it. Trusted networks are exempt. */
  connectionsPerAddressMax: 200,
  /** Connections of one account: ten devices with ten connections each. */
  connectionsPerAccountMax: 100,
  /** All IMAP connections, of all processes that serve together. */
  connectionsMax: 50_000,
  /** Time from connect to login. */
  loginTimeMs: 1 * MINUTE,
  /** Silence after login before autologout; RFC 9051 section 5.4 demands 30 minutes at least. A non-round time keeps clients from meeting. */
  idleTimeMs: 31 * MINUTE,
  /** In IDLE, how often `* OK Still here` keeps NATs and Outlook awake. */
  idleKeepaliveMs: 2 * MINUTE,
  /** A client that does not read: how long output may wait for it. */
  drainTimeMs: 2 * MINUTE,
  /** A client that stops in the middle of a command or literal. */
  commandTimeMs: 5 * MINUTE,
  /** Time for a TLS handshake. */
  handshakeTimeMs: 30 * SECOND,
  /** Failed logins of one connection before BYE. */
  loginFailuresPerConnectionMax: 10,
  /** Failed logins of one address within `loginFailureWindowMs` before further tries are delayed. */
  loginFailuresPerAddressMax: 20,
  loginFailureWindowMs: 10 * MINUTE,
  /** Delay of the answer to a failed login; grows with each failure up to this. */
  loginPenaltyMaxMs: 15 * SECOND,
  /** Malformed or unknown commands in a row, before login, until BYE: port scanners and lost HTTP clients. More than the commands that need a login. */
  badCommandsBeforeLoginMax: 50,
  /** Malformed commands in a row, after login, until BYE. */
  badCommandsMax: 50,
  /** Bytes of one refused command that are read and thrown away to keep in step; more is no mistake, and costs a client that compresses nothing. */
  skippedBytesMax: 512 * MIB,
  /** Output buffered for one connection before commands wait for the client to read. */
  outputBytesMax: 256 * KIB,
  /** Flag changes queued for one session before it re-reads the mailbox's columns instead. */
  queuedChangesMax: 10_000,
  /** Messages of one APPEND (MULTIAPPEND): they become visible in one step. */
  appendMessagesMax: 1000,
  /** Bytes of all of them, which wait in the store until the last one has come. */
  appendBytesMax: 1024 * MIB,
  /** From so many bytes of one APPEND on, small messages wait in the store and not in memory. */
  appendMemoryMax: 4 * MIB,
  /** Parts of one message by CATENATE: each may have the header of another message read. */
  catenatePartsMax: 1000,
  /** A URL of CATENATE: a mailbox name of full length with every byte percent-encoded, and a list of header fields. */
  urlBytesMax: 8 * KIB,
  /** Bytes of one metadata value (RFC 5464 section 4.1 wants 1024 at least): comments, colours, settings of a client; several fit the literals of one command. */
  metadataValueBytesMax: 64 * KIB,
  /** Bytes of one metadata entry's name: each is in the log, and in every session that is told of it. */
  metadataNameBytesMax: 1000,
  /** Metadata entries of one mailbox, and of an account beside its mailboxes (RFC 5464 section 4.1 wants 10 at least): they are listed in one step. */
  metadataEntriesPerMailboxMax: 250,
  /** Metadata entries of an account and all its mailboxes: they are counted when one is added. */
  metadataEntriesPerAccountMax: 10_000,
  /** Private metadata entries that one user may keep of all mailboxes that an account shares with him; all such users together may keep as many as its owner. */
  metadataEntriesPerGuestMax: 1000,
  /** Mailboxes that one client watches by NOTIFY: each is compared at every telling. */
  notifyMailboxesMax: 10_000,
  /** Accounts whose mailboxes one client watches by NOTIFY, its own among them: each stays open for it. */
  notifyAccountsMax: 20,
  /** Changes of names told at once by NOTIFY; whoever missed more does better to LIST. */
  notifyNamesMax: 1000,
  /** Memory of all mailbox columns that no session has selected, kept for the next one. */
  indexCacheBytesMax: 256 * MIB,
  /** Memory of accounts that nobody uses, kept open for the next login or delivery, at 80 to 208 KiB each; they get a third of the descriptors at most. */
  idleAccountsBytesMax: 320 * MIB,
  /** How long expunged messages stay recoverable and QRESYNC remembers them. */
  vanishedRetentionMs: 30 * 24 * 60 * MINUTE,
  /** How old a message is before its bytes are packed: until then it takes its size on the disk and no CPU to write and read. 0 packs at once. */
  packAfterMs: 3 * 24 * 60 * MINUTE,
  /** Time that SIGTERM gives to commands under way. */
  shutdownTimeMs: 10 * SECOND,
  /** Recipients of one LMTP transaction. */
  lmtpRecipientsMax: 1000,
  /** Connections of all LMTP clients: an MTA has some tens; each may hold a message of 1 MiB in memory. */
  lmtpConnectionsMax: 200,
  /** Silence of an LMTP client. */
  lmtpIdleTimeMs: 5 * MINUTE,
} as const;

/** The limits in force: the defaults with the operator's changes. */
export type Limits = { readonly [Name in keyof typeof defaultLimits]: number };
