import type { BoundAddress } from '../app/embedded.ts';

export interface GuideFacts {
  readonly addresses: readonly BoundAddress[];
  readonly directory: string;
  /** The first account, when this is the first start; its password is shown this once. */
  readonly first: { readonly address: string; readonly password: string } | undefined;
}

type TcpAddress = Extract<BoundAddress, { port: number }>;

/** What somebody needs who has just started the server: where it is, who they are, lines to paste. */
export function guide(facts: GuideFacts): string {
  const find = (scheme: string): TcpAddress | undefined =>
    facts.addresses.find((address): address is TcpAddress => address.scheme === scheme);
  const [imap, imaps, lmtp] = [find('imap'), find('imaps'), find('lmtp')];
  const sections = [account(facts), addresses({ imap, imaps, lmtp })];
  if (facts.first !== undefined) {
    const { first } = facts;
    if (imaps !== undefined) sections.push(byHand(imaps, first), programs({ imap, imaps }, first));
    if (lmtp !== undefined) sections.push(delivery(lmtp, first.address));
  }
  sections.push('Ctrl-C stops it.');
  return `\n${sections.join('\n\n')}\n\n`;
}

type First = NonNullable<GuideFacts['first']>;

function account({ first, directory }: GuideFacts): string {
  const run = 'npm run -s restante --';
  if (first === undefined) {
    return [
      `Your mail is in ${directory}.`,
      `Forgotten a password? ${run} user passwd me@localhost`,
      `Who is there?         ${run} user list`,
    ].join('\n');
  }
  return [
    `Your mail is kept in ${directory}. The first account:`,
    '',
    `  user      ${first.address}`,
    `  password  ${first.password}   (shown this once; ${run} user passwd ${first.address})`,
  ].join('\n');
}

interface Doors {
  readonly imap: TcpAddress | undefined;
  readonly imaps: TcpAddress | undefined;
  readonly lmtp?: TcpAddress | undefined;
}

function addresses({ imap, imaps, lmtp }: Doors): string {
  const rows = [
    [imaps, 'IMAPS', 'TLS, self-signed certificate'],
    [imap, 'IMAP', 'STARTTLS offered'],
    [lmtp, 'LMTP', 'delivery'],
  ] as const;
  return rows
    .flatMap(([address, name, what]) =>
      address === undefined
        ? []
        : [`  ${name.padEnd(8)}  ${address.host} port ${address.port}   ${what}`],
    )
    .join('\n');
}

function byHand(imaps: TcpAddress, { address, password }: First): string {
  return [
    'Talk to it:',
    '',
    `  openssl s_client -quiet -crlf -connect ${imaps.host}:${imaps.port}`,
    `  a LOGIN ${address} ${password}`,
    '  b SELECT INBOX',
    '  c FETCH 1 (FLAGS ENVELOPE BODY.PEEK[TEXT])',
    '  d LOGOUT',
    '',
    `  curl --insecure --user '${address}:${password}' 'imaps://${imaps.host}:${imaps.port}/INBOX;MAILINDEX=1'`,
  ].join('\n');
}

function programs({ imap, imaps }: Doors, { address, password }: First): string {
  const user = encodeURIComponent(address);
  if (imaps === undefined) return '';
  return [
    'Read it in a mail program (accept the certificate):',
    '',
    `  neomutt -f 'imaps://${user}:${password}@${imaps.host}:${imaps.port}/INBOX'`,
    '',
    '  Thunderbird  New account, "Configure manually":',
    `               IMAP, hostname ${imaps.host}, port ${imaps.port}, SSL/TLS, normal password,`,
    `               username ${address}` +
      (imap === undefined ? '' : ` (or port ${imap.port} with STARTTLS)`),
  ].join('\n');
}

function delivery(lmtp: TcpAddress, address: string): string {
  const to = `--server ${lmtp.host}:${lmtp.port} --to ${address}`;
  return [
    'Deliver a message:',
    '',
    `  swaks --protocol LMTP ${to} --h-Subject Hello`,
    '',
    '  or without swaks:',
    '',
    `  printf '${lmtpLines(address)}' | nc ${lmtp.host} ${lmtp.port}`,
  ].join('\n');
}

/** A whole delivery as `printf` writes it. */
function lmtpLines(address: string): string {
  const lines = [
    'LHLO me',
    'MAIL FROM:<>',
    `RCPT TO:<${address}>`,
    'DATA',
    'Subject: Hello',
    '',
    'It works.',
    '.',
    'QUIT',
    '',
  ];
  return lines.join(String.raw`\r\n`);
}
