/**
 * SASLprep (RFC 4013): one form for each user name and password, however it was typed. By a library, since its tables are
 * those of Unicode 3.2 and no property of the language says which way a character runs; loaded when somebody comes
 * who writes otherwise than most.
 */
type Library = (text: string, options: { readonly allowUnassigned: boolean }) => string;

let loaded: Promise<Library> | undefined;

/** What the library lets pass: the last two of the non-characters (RFC 3454 table C.4). */
const prohibited = /\p{Noncharacter_Code_Point}/u;
/**
 * What is not to be kept, since a later Unicode could give it another form (RFC 3454 section 7). Characters that Unicode 3.2
 * did not have and ours has are safe: their forms never change any more, and passwords have emoji.
 */
const unassigned = /\p{Cn}/u;

/**
 * Scripts that run from left to right alone and have nothing that is mapped or may not be used: what is written in them needs
 * no tables, and the tables take 10 ms to load.
 */
const simple =
  /^[\x20-\x7e\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+$/u;

/** Longer names and passwords are none (RFC 4616 section 2 wants 255 octets at least): putting 16,000 marks of letters in order takes 150 ms. */
const codeUnitsMax = 1000;

/** A text that came from a client to be compared, or one that is to be kept. */
export type Use = 'query' | 'stored';

/** The text as it is compared; undefined when it may not be used, or nothing is left of it (RFC 4616 section 2). */
export async function saslprep(text: string, use: Use): Promise<string | undefined> {
  if (text.length > codeUnitsMax) return undefined;
  const normal = text.normalize('NFKC');
  if (simple.test(text.normalize('NFC')) && simple.test(normal)) return normal;
  loaded ??= import('@mongodb-js/saslprep').then((module) => module.default);
  const library = await loaded;
  try {
    const prepared = library(text, { allowUnassigned: true });
    if (prepared === '' || prohibited.test(prepared)) return undefined;
    return use === 'stored' && unassigned.test(prepared) ? undefined : prepared;
  } catch {
    return undefined;
  }
}

/**
 * The user name as it is compared. Names here are mail addresses, for which SASLprep is not made (RFC 4013 section 1): an
 * Arabic one at a Latin domain runs both ways. Its parts are prepared, each as one name.
 */
export async function prepareUser(name: string, use: Use): Promise<string | undefined> {
  const at = name.lastIndexOf('@');
  const parts = at < 0 ? [name] : [name.slice(0, at), ...name.slice(at + 1).split('.')];
  const prepared = await Promise.all(parts.map((part) => saslprep(part, use)));
  if (prepared.includes(undefined)) return undefined;
  const [local = '', ...labels] = prepared;
  return at < 0 ? local : `${local}@${labels.join('.')}`;
}
