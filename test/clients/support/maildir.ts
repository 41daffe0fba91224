import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts a message with LF line ends into a Maildir, seen or new. */
export function putMessage(path: string, name: string, text: string): void {
  writeFileSync(join(path, 'cur', `${name}:2,`), text.replaceAll('\r\n', '\n'));
}

export interface MaildirMessage {
  readonly file: string;
  readonly subject: string;
  /** Letters behind `:2,`, sorted. */
  readonly flags: string;
}

/** What a Maildir holds, ordered by subject. */
export function readMaildir(path: string): MaildirMessage[] {
  const files = ['cur', 'new'].flatMap((part) =>
    readdirSync(join(path, part)).map((name) => join(path, part, name)),
  );
  return files
    .map((file) => ({
      file,
      subject: /^Subject: (.*)$/m.exec(readFileSync(file, 'latin1'))?.[1]?.trim() ?? '',
      flags: (/:2,([A-Za-z]*)$/.exec(file)?.[1] ?? '').split('').sort().join(''),
    }))
    .sort((a, b) => (a.subject < b.subject ? -1 : 1));
}
