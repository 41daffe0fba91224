import type { Scene } from './dialogue-fixture.ts';
import { asExpected } from './dialogue-dovecot.ts';
import { prepare } from './dialogue-prepare.ts';

/** A server that dialogues can be had with. */
export interface DialogueServer {
  readonly name: 'restante' | 'dovecot';
  /** The password of every user. */
  readonly password: string;
  /** Where the server of this name (a fixture's `server: …`) listens. */
  address(kind: string): Promise<{ readonly host: string; readonly port: number }>;
  /** A fresh account in which the scene's preparation was done; its address. */
  user(scene: Pick<Scene, 'server' | 'preparation' | 'quota' | 'administrator'>): Promise<string>;
  /** A fresh account that nobody logs in to, in which this user may do everything; its address. */
  share?(user: string): Promise<string>;
  /** A response in the words of a dialogue, which wants this text (with its names replaced; bytes as latin1), as far as the RFCs leave them to the server. */
  readonly asExpected?: (response: string, wanted: string) => string;
  close(): Promise<void>;
}

/**
 * `RESTANTE_TEST_DOVECOT=host:port`: a Dovecot that lets every user in with the password `secret`. A user who has a quota is
 * called `name@bytes@messages`.
 */
export function dovecot(hostAndPort: string): DialogueServer {
  const [host = '127.0.0.1', port = '143'] = hostAndPort.split(':');
  const run = `${process.pid}${Date.now() % 100_000}`;
  const address = { host, port: Number(port) };
  const password = 'secret';
  let users = 0;
  return {
    name: 'dovecot',
    password,
    address: () => Promise.resolve(address),
    user: async ({ preparation, quota }) => {
      const user = `u${run}x${++users}`;
      await prepare({ address, user, password }, preparation);
      return quota === undefined ? user : `${user}@${quota.storage ?? 0}@${quota.messages ?? 0}`;
    },
    asExpected,
    close: () => Promise.resolve(),
  };
}
