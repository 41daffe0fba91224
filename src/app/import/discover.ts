import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lower } from '../../base/ascii.ts';
import { inbox, mailboxName, separator, type MailboxName } from '../../model/mailbox-name.ts';
import { folderName, readMaildir } from './maildir.ts';
import { scanMbox, type MboxFormat } from './mbox.ts';
import type { Noting, SourceMailbox, SourceMessage } from './source.ts';

export interface DiscoverOptions {
  readonly mboxFormat: MboxFormat;
  readonly note: Noting;
  readonly signal?: AbortSignal | undefined;
}

type Kind = 'eml' | 'mbox' | 'not-mail' | 'other';

/**
 * What there is to import below these paths. A file is an mbox when it begins with `From `, unless it
 * is called `.eml`; everything else is one message. A folder is walked: Maildir folders keep their
 * names (Maildir++ and nested), an mbox file is a mailbox of its own name, files that look like
 * messages go to the top. Rejects when a path itself cannot be read.
 */
export async function discover(
  paths: readonly string[],
  options: DiscoverOptions,
): Promise<readonly SourceMailbox[]> {
  const walk: Walk = { ...options, found: [], loose: [], walked: new Set() };
  for (const path of paths) {
    if ((await stat(path)).isDirectory()) await walkFolder(walk, path, undefined);
    else await addFile(walk, path, { name: undefined, kind: await kindOf(path, true) });
  }
  if (walk.loose.length > 0) walk.found.push(looseMessages(walk.loose));
  return walk.found;
}

interface Walk extends DiscoverOptions {
  readonly found: SourceMailbox[];
  /** Files that are one message each. */
  readonly loose: string[];
  /** Folders by their real paths, since links may go round. */
  readonly walked: Set<string>;
}

const maildirParts = new Set(['cur', 'new', 'tmp']);

async function walkFolder(walk: Walk, path: string, name: MailboxName | undefined): Promise<void> {
  walk.signal?.throwIfAborted();
  const real = await realpath(path);
  if (walk.walked.has(real)) return;
  walk.walked.add(real);
  const entries = await list(walk, path);
  const has = (part: string): boolean =>
    entries.some((entry) => entry.folder && entry.name === part);
  const isMaildir = has('cur') || (has('new') && has('tmp'));
  if (isMaildir) walk.found.push(await readMaildir(path, name));
  for (const entry of entries) {
    const full = join(path, entry.name);
    if (entry.folder) {
      if (isMaildir && maildirParts.has(entry.name)) continue;
      const below = subfolderName(walk, entry.name, name);
      if (below !== undefined) await walkFolder(walk, full, below);
    } else if (!isMaildir && !entry.name.startsWith('.')) {
      const kind = await kindOf(full, false).catch(() => 'other' as const);
      await addFile(walk, full, { name: fileMailbox(walk, entry.name, name), kind });
    }
  }
}

async function list(
  walk: Walk,
  path: string,
): Promise<{ readonly name: string; readonly folder: boolean }[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    return await Promise.all(
      entries.map(async (entry) => {
        const linked = entry.isSymbolicLink();
        const target = linked
          ? await stat(join(path, entry.name)).catch(() => undefined)
          : undefined;
        return { name: entry.name, folder: (target ?? entry).isDirectory() };
      }),
    );
  } catch {
    walk.note('unreadable', path);
    return [];
  }
}

/** The mailbox of a folder; undefined for a hidden one that is no Maildir++ folder. */
function subfolderName(
  walk: Walk,
  name: string,
  above: MailboxName | undefined,
): MailboxName | undefined {
  if (!name.startsWith('.')) return child(walk, folderName(name.replace(/\.sbd$/, '')), above);
  const levels = name.slice(1).split('.').map(folderName);
  if (levels.includes('')) return undefined;
  let below = above;
  for (const level of levels) below = child(walk, level, below);
  return below;
}

/** INBOX is the top, so what lies in it in a tree of folders lies below the top. */
function child(walk: Walk, text: string, above: MailboxName | undefined): MailboxName {
  const level = text.replaceAll(separator, '_').trim() || '_';
  if (level !== text) walk.note('renamed', `${text} is ${level}`);
  const top = above === undefined || above === inbox;
  return mailboxName(top ? level : `${above}${separator}${level}`);
}

/** The mailbox of an mbox file in a folder. A file called by a number is one message of an MH folder. */
function fileMailbox(
  walk: Walk,
  file: string,
  above: MailboxName | undefined,
): MailboxName | undefined {
  if (/^\d+$/.test(file)) return undefined;
  const name = file.replace(/(?:\.mbox|\.mbx|\.mboxrd)?(?:\.txt)?$/i, '');
  return child(walk, name || file, above);
}

async function addFile(
  walk: Walk,
  path: string,
  { name, kind }: { readonly name: MailboxName | undefined; readonly kind: Kind },
): Promise<void> {
  if (kind === 'not-mail') walk.note('not-mail', path);
  if (kind === 'eml') walk.loose.push(path);
  if (kind !== 'mbox') return;
  const mbox = await scanMbox(path, { format: walk.mboxFormat, signal: walk.signal });
  if (mbox.junkBytes > 0) walk.note('mbox-junk', `${path}: ${mbox.junkBytes} bytes`);
  if (mbox.wrongLengths > 0) walk.note('content-length', `${path}: ${mbox.wrongLengths} messages`);
  if (mbox.unseparated > 0) walk.note('no-blank-line', `${path}: ${mbox.unseparated} lines`);
  const { messages, quoting } = mbox;
  walk.found.push({
    path,
    name,
    count: messages.length,
    *messages() {
      for (const [index, { start, end, date }] of messages.entries()) {
        const origin = `${path}, message ${index + 1}`;
        yield {
          ...plain,
          file: path,
          origin,
          start,
          end,
          quoting,
          dating: date ?? 'header',
          statusFields: true,
        };
      }
    },
  });
}

const plain = {
  start: 0,
  end: undefined,
  quoting: 'none',
  flags: [],
  dating: 'header',
  statusFields: false,
  maybeCompressed: false,
} as const satisfies Partial<SourceMessage>;

function looseMessages(files: readonly string[]): SourceMailbox {
  const [first = ''] = files;
  return {
    path: files.length === 1 ? first : `${files.length} files`,
    name: undefined,
    count: files.length,
    *messages() {
      for (const file of files) yield { ...plain, file, origin: file };
    },
  };
}

const knownField =
  /^(?:Received|Return-Path|Delivered-To|From|To|Cc|Subject|Date|Message-ID|MIME-Version|Content-Type|Reply-To|Sender|X-[!-9;-~]+)[ \t]*:/im;

/** What a file is, by its name and its first bytes. One that was named is mail unless it is plainly not. */
async function kindOf(path: string, named: boolean): Promise<Kind> {
  const file = lower(basename(path));
  if (!named && /^dovecot[.-]|\.msf$/.test(file)) return 'other';
  await using handle = await open(path, 'r');
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(4096), 0, 4096, 0);
  const head = buffer.toString('latin1', 0, bytesRead);
  // The container of Outlook's own .msg files.
  if (head.startsWith('\xd0\xcf\x11\xe0')) return 'not-mail';
  if (file.endsWith('.eml')) return 'eml';
  if (/^(?:\xef\xbb\xbf)?From /.test(head)) return 'mbox';
  const header = head.split(/\r?\n\r?\n/, 1)[0] ?? '';
  return named || knownField.test(header) ? 'eml' : 'other';
}
