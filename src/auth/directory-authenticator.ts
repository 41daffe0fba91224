import type { AccountRecord, Credentials } from '../model/account.ts';
import type { Authenticator, PasswordAttempt } from './authenticator.ts';
import { nobodysHash, verifyPassword } from './password.ts';
import { prepareUser } from './saslprep.ts';
import { delay, type Throttle } from './throttle.ts';
import { VerifiedPasswords } from './verified-passwords.ts';

/** Where password hashes come from: a store's directory. */
export interface CredentialSource {
  credentials(address: string): Promise<Credentials | undefined>;
}

/** Checks passwords against a directory. */
export class DirectoryAuthenticator implements Authenticator {
  readonly #source: CredentialSource;
  readonly #throttle: Throttle;
  readonly #verified = new VerifiedPasswords();

  constructor(source: CredentialSource, throttle: Throttle) {
    this.#source = source;
    this.#throttle = throttle;
  }

  async check(attempt: PasswordAttempt): Promise<AccountRecord | undefined> {
    const { user, password, remoteAddress, signal } = attempt;
    await delay(this.#throttle.delayBefore(remoteAddress), signal);
    const name = await prepareUser(user, 'query');
    const credentials = name === undefined ? undefined : await this.#source.credentials(name);
    const hash = credentials?.passwordHash ?? nobodysHash;
    const known = this.#verified.has(password, hash);
    if (known || (await verifyPassword(password, hash, signal))) {
      if (!known) this.#verified.add(password, hash);
      if (credentials !== undefined) return credentials.account;
    }
    await delay(this.#throttle.failed(remoteAddress), signal);
    return undefined;
  }
}
