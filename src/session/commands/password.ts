import { sameText } from '../../base/ascii.ts';
import { no } from '../../model/refusal.ts';
import { ok, type CommandContext, type Completion } from '../command.ts';

export interface PasswordLogin {
  readonly user: string;
  readonly password: string;
  /** Whose mail is wanted, when SASL named somebody (RFC 4616 section 2). */
  readonly authorizeAs?: string;
}

/** Refuses passwords where others may listen (RFC 9051 section 11.1, RFC 5530 section 3). */
export function demandPrivacy({ client }: Pick<CommandContext, 'client'>): void {
  if (client.secure || client.loopback) return;
  throw no('use STARTTLS before a password', { kind: 'PRIVACYREQUIRED' });
}

/** What LOGIN and every password mechanism of AUTHENTICATE end with. */
export async function logInByPassword(
  context: CommandContext<'not authenticated'>,
  { user, password, authorizeAs }: PasswordLogin,
): Promise<Completion> {
  const { authenticator, client, session, signal, logger } = context;
  const { remoteAddress } = client;
  const account = await authenticator.check({ user, password, remoteAddress, signal });
  if (account === undefined) {
    session.loginFailed();
    logger.info({ user: user.slice(0, 320), remoteAddress }, 'login failed');
    throw no('user name or password is wrong', { kind: 'AUTHENTICATIONFAILED' });
  }
  const self = [undefined, '', user, account.address];
  if (!self.some((name) => name === authorizeAs || sameText(name ?? '', authorizeAs ?? ''))) {
    throw no('nobody may act for another user here', { kind: 'AUTHORIZATIONFAILED' });
  }
  await session.logIn(account);
  return ok('logged in', { kind: 'CAPABILITY', capabilities: session.capabilities() });
}
