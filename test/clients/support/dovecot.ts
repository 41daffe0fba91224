/** A Dovecot of our own beside the server under test: the second opinion. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { imapClient } from './imap.ts';

export interface Dovecot extends AsyncDisposable {
  readonly port: number;
}

/**
 * Starts it; any user may log in with this password. `name@1024@3` is the user `name` with so many bytes and messages for a quota,
 * where 0 is no limit.
 */
export async function startDovecot(password: string): Promise<Dovecot> {
  const root = mkdtempSync(join(tmpdir(), 'restante-dovecot-'));
  chmodSync(root, 0o755);
  for (const folder of ['mail', 'seen']) {
    mkdirSync(join(root, folder));
    chmodSync(join(root, folder), 0o777);
  }
  const port = await freePort();
  writeFileSync(
    join(root, 'dovecot.conf'),
    `base_dir = ${root}/run
state_dir = ${root}/state
log_path = ${root}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = sdbox:${root}/mail/%n
mailbox_list_index = yes
mail_max_userip_connections = 100
mail_plugins = zlib acl quota
mail_attribute_dict = file:%h/attributes
protocol imap {
  imap_idle_notify_interval = 29 mins
  imap_metadata = yes
  mail_plugins = zlib acl quota imap_zlib imap_acl imap_quota
}
plugin {
  acl = vfile::cache_secs=0
  acl_anyone = allow
  acl_shared_dict = file:${root}/mail/shared
  quota = count:%u
  quota_vsizes = yes
  quota_grace = 0
}
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
auth_username_chars =
auth_failure_delay = 0
passdb {
  driver = static
  args = password=${password.replaceAll(' ', '_')}
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${root}/mail/%n quota_rule=*:bytes=0%{domain_first}:messages=0%{domain_last}
}
namespace inbox {
  inbox = yes
  separator = /
${['INBOX', 'Drafts', 'Sent', 'Junk', 'Trash', 'Archive'].map(subscribed).join('')}}
namespace others {
  type = shared
  separator = /
  prefix = Other Users/%%u/
  location = sdbox:${root}/mail/%%n:INDEXPVT=${root}/seen/%n/%%n
  subscriptions = no
  list = children
}
service imap {
  service_count = 100
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`,
  );
  const child = spawn('dovecot', ['-F', '-c', join(root, 'dovecot.conf')], { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
    rmSync(root, { recursive: true, force: true });
  };
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      const client = await imapClient(port, 'probe', password.replaceAll(' ', '_'));
      await client[Symbol.asyncDispose]();
      return { port, [Symbol.asyncDispose]: stop };
    } catch (error) {
      if (Date.now() > deadline || child.exitCode !== null) {
        const log = readFileSync(join(root, 'log'), 'utf8');
        await stop();
        throw new Error(`Dovecot does not answer: ${log}`, { cause: error });
      }
      await wait(100);
    }
  }
}

/** A mailbox that every new account has, as ours does. */
function subscribed(name: string): string {
  const use = name === 'INBOX' ? '' : `    special_use = \\${name}\n`;
  return `  mailbox ${name} {\n    auto = subscribe\n${use}  }\n`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
