/** A private Dovecot, tuned: processes are kept and ready, so that no session waits for one to start. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { hashPassword } from '../../src/auth/password.ts';
import { appendMail, copyGround } from '../ground.ts';
import { ImapClient } from '../imap-client.ts';
import {
  accounts,
  crowdUser,
  dearAccounts,
  dearUser,
  freePort,
  password,
  user,
  type Ground,
  type Setting,
  type Target,
} from './target.ts';

const fsync: Readonly<Record<Setting, string>> = {
  usual: 'optimized',
  strict: 'always',
  relaxed: 'optimized',
  one: 'optimized',
  two: 'optimized',
  loading: 'never',
};

export interface DovecotOptions {
  readonly directory: string;
  readonly tls: { readonly cert: string; readonly key: string };
}

/** Its version, or undefined where it is not installed. */
export function dovecotVersion(): string | undefined {
  try {
    return execFileSync('dovecot', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** The services that the benchmark talks to, each a package of its own in Debian. */
const services = { imap: 'dovecot-imapd', lmtp: 'dovecot-lmtpd' } as const;

/** The packages of the services that are not installed. */
export function missingPackages(): string[] {
  const folder = execFileSync('doveconf', ['-d', '-h', 'libexec_dir'], { encoding: 'utf8' }).trim();
  return Object.entries(services).flatMap(([service, name]) =>
    existsSync(join(folder, service)) ? [] : [name],
  );
}

export class Dovecot implements Target {
  readonly name = 'dovecot';
  readonly version: string;
  readonly #options: DovecotOptions;
  #child: ChildProcess | undefined;
  #setting: Setting | undefined;
  imap = 0;
  imaps = 0;
  lmtp = 0;

  constructor(options: DovecotOptions) {
    this.#options = options;
    this.version = dovecotVersion() ?? 'none';
    mkdirSync(join(options.directory, 'mail'), { recursive: true });
    chmodSync(options.directory, 0o755);
    // Its mail processes run as nobody.
    chmodSync(join(options.directory, 'mail'), 0o777);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async fill(ground: Ground): Promise<void> {
    writeFileSync(join(this.#options.directory, 'users'), await userLines(ground.crowd));
    await this.start('loading');
    const client = await ImapClient.login({ user: user(0), password }, { port: this.imap });
    await client.run('CREATE Mail');
    await client.run('CREATE S1000');
    await appendMail(client, { mailbox: 'Mail', count: ground.mail, bytes: ground.mailBytes });
    await appendMail(client, { mailbox: 'S1000', count: 1000, bytes: 4000 });
    await client.logout();
    for (let number = 1; number <= ground.inboxes; number += 1) {
      const one = await ImapClient.login({ user: user(number), password }, { port: this.imap });
      await appendMail(one, { mailbox: 'INBOX', count: ground.inbox, bytes: 4000 });
      await one.logout();
    }
    for (let number = 0; number < ground.crowd; number += 1) {
      const login = { user: crowdUser(number), password };
      const one = await ImapClient.login(login, { port: this.imap });
      await appendMail(one, { mailbox: 'INBOX', count: 10, bytes: 4000 });
      await one.logout();
    }
    await copyGround(this, ground);
    await this.stop();
  }

  async start(setting: Setting): Promise<void> {
    if (this.#setting === setting) return;
    await this.stop();
    const { directory, tls } = this.#options;
    [this.imap, this.imaps, this.lmtp] = [await freePort(), await freePort(), await freePort()];
    const file = join(directory, 'dovecot.conf');
    const ports = { imap: this.imap, imaps: this.imaps, lmtp: this.lmtp };
    writeFileSync(file, configuration({ directory, tls, ports, setting }));
    const child = spawn('dovecot', ['-F', '-c', file], { stdio: 'ignore' });
    this.#child = child;
    this.#setting = setting;
    for (const deadline = Date.now() + 20_000; ; await wait(50)) {
      try {
        const client = await ImapClient.login({ user: user(0), password }, { port: this.imap });
        await client.logout();
        return;
      } catch (error) {
        if (Date.now() < deadline && child.exitCode === null) continue;
        throw new Error(`Dovecot does not answer: ${this.log()}`, { cause: error });
      }
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#setting = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.kill('SIGTERM');
    await gone;
  }

  /** Its cache holds envelopes and the like from the first time somebody asked for them. */
  forget(): void {
    const mail = join(this.#options.directory, 'mail', user(0));
    if (!existsSync(mail)) return;
    for (const name of readdirSync(mail, { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('Mail/dbox-Mails/dovecot.index.cache')) rmSync(join(mail, name));
    }
  }

  log(): string {
    const text = readFileSync(join(this.#options.directory, 'log'), 'utf8');
    const trouble = text
      .split('\n')
      .filter((line) => /: (?:Warning|Error|Fatal|Panic): /.test(line));
    // A client that was cut off ends all others, and each of them leaves a line.
    return (trouble.length > 0 ? trouble.join('\n') : text).slice(-2000);
  }

  async loopDelay(): Promise<undefined> {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A passwd-file; the scheme of `u…` costs nothing, as our cache of verified passwords does. */
async function userLines(crowd: number): Promise<string> {
  const lines: string[] = [];
  for (let number = 0; number < accounts; number += 1) {
    lines.push(`${user(number)}:{PLAIN}${password}`);
  }
  for (let number = 0; number < crowd; number += 1) {
    lines.push(`${crowdUser(number)}:{PLAIN}${password}`);
  }
  for (let number = 0; number < dearAccounts; number += 1) {
    lines.push(`${dearUser(number)}:{ARGON2ID}${await hashPassword(password)}`);
  }
  return `${lines.join('\n')}\n`;
}

interface Facts extends DovecotOptions {
  readonly ports: { readonly imap: number; readonly imaps: number; readonly lmtp: number };
  readonly setting: Setting;
}

function configuration({ directory, tls, ports, setting }: Facts): string {
  return `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <${tls.cert}
ssl_key = <${tls.key}
disable_plaintext_auth = no
mail_location = sdbox:${directory}/mail/%u
mail_fsync = ${fsync[setting]}
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
mail_max_userip_connections = 0
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
default_client_limit = 50000
postmaster_address = postmaster@bench.test
passdb {
  driver = passwd-file
  args = username_format=%u ${directory}/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${directory}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  chroot =
  service_count = 0
  process_min_avail = 2
  vsz_limit = 4G
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service imap {
  service_count = 1000
  process_min_avail = 4
  process_limit = 12000
}
service lmtp {
  process_min_avail = 2
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${ports.lmtp}
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`;
}
