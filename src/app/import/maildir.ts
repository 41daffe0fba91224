import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answered, deleted, draft, flag, flagged, seen, type Flag } from '../../model/flag.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { SourceMailbox, SourceMessage } from './source.ts';

/** The letters behind `:2,` in a file's name. */
const letterFlags: ReadonlyMap<string, Flag> = new Map([
  ['D', draft],
  ['F', flagged],
  ['P', flag('$Forwarded')],
  ['R', answered],
  ['S', seen],
  ['T', deleted],
]);

interface File {
  readonly folder: 'cur' | 'new';
  readonly name: string;
}

/** The messages of one Maildir folder, oldest delivery first. Rejects when it cannot be read. */
export async function readMaildir(
  path: string,
  name: MailboxName | undefined,
): Promise<SourceMailbox> {
  const files: File[] = [];
  for (const folder of ['cur', 'new'] as const) {
    const names = await readdir(join(path, folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const file of names) if (!file.startsWith('.')) files.push({ folder, name: file });
  }
  // A Maildir name begins with the second of its delivery.
  const second = ({ name: file }: File): number => Number.parseInt(file, 10) || 0;
  files.sort((a, b) => second(a) - second(b) || (a.name < b.name ? -1 : 1));
  const keywords = await readKeywords(path);
  return {
    path,
    name,
    count: files.length,
    *messages() {
      for (const file of files) yield message(path, file, keywords);
    },
  };
}

function message(path: string, file: File, keywords: ReadonlyMap<string, Flag>): SourceMessage {
  const full = join(path, file.folder, file.name);
  const letters = /[:;!]2,([A-Za-z]*)$/.exec(file.name)?.[1] ?? '';
  const flags = letters.split('').flatMap((letter) => {
    const found = letterFlags.get(letter) ?? keywords.get(letter);
    return found === undefined ? [] : [found];
  });
  return {
    file: full,
    origin: full,
    start: 0,
    end: undefined,
    quoting: 'none',
    flags,
    dating: 'file',
    statusFields: false,
    maybeCompressed: true,
  };
}

/** Dovecot's names for the letters a to z, one `number name` a line. */
async function readKeywords(path: string): Promise<ReadonlyMap<string, Flag>> {
  const text = await readFile(join(path, 'dovecot-keywords'), 'utf8').catch(() => '');
  const keywords = new Map<string, Flag>();
  for (const [, number, name] of text.matchAll(/^(\d+) (\S+)$/gm)) {
    const letter = String.fromCharCode(97 + Number(number));
    if (letter >= 'a' && letter <= 'z') keywords.set(letter, flag(name ?? ''));
  }
  return keywords;
}

/**
 * The text of a folder's name on disk, where letters beyond ASCII are modified UTF-7 (RFC 3501 section
 * 5.1.3) or simply UTF-8. A name that is neither stays as it is.
 */
export function folderName(text: string): string {
  return text.replaceAll(/&([A-Za-z0-9+,]*)-/g, (whole, coded: string) => {
    if (coded === '') return '&';
    const bytes = Buffer.from(coded.replaceAll(',', '/'), 'base64');
    if (bytes.length < 2 || bytes.length % 2 === 1) return whole;
    const decoded = bytes.swap16().toString('utf16le');
    return decoded.isWellFormed() ? decoded : whole;
  });
}
