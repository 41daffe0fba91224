/** A server that dialogues can be had with. */
export interface DialogueServer {
  readonly name: 'restante' | 'dovecot';
  /** The password of every user. */
  readonly password: string;
  /** Where the server of this name (a fixture's `server: …`) listens. */
  address(kind: string): Promise<{ readonly host: string; readonly port: number }>;
  /** A fresh account; its address. */
  addUser(): Promise<string>;
  close(): Promise<void>;
}

/** `RESTANTE_TEST_DOVECOT=host:port`: a Dovecot that lets every user in with the password `secret`. */
export function dovecot(hostAndPort: string): DialogueServer {
  const [host = '127.0.0.1', port = '143'] = hostAndPort.split(':');
  const run = `${process.pid}${Date.now() % 100_000}`;
  let users = 0;
  return {
    name: 'dovecot',
    password: 'secret',
    address: () => Promise.resolve({ host, port: Number(port) }),
    addUser: () => Promise.resolve(`u${run}x${++users}`),
    close: () => Promise.resolve(),
  };
}
