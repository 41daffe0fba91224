/** Messages that an MTA brings: LMTP, one recipient each. */
import { range, type Workload } from '../bench.ts';
import { LmtpClient } from '../lmtp-client.ts';
import { message } from '../messages.ts';
import { user } from '../targets/target.ts';

export const lmtp: Workload = {
  name: 'lmtp',
  settings: { dovecot: ['usual', 'strict'] },
  ceiling: true,
  async run(bench) {
    const content = message(6, { bytes: 4096, exact: true });
    for (const count of [1, 20]) {
      const clients: LmtpClient[] = [];
      for (const _ of range(count)) clients.push(await LmtpClient.connect(bench.target.lmtp));
      await bench.rate(
        `LMTP delivery 4 KiB, ${count === 1 ? '1 connection' : `${count} connections, ${count} accounts`}`,
        // Accounts of their own, whose INBOX nothing else looks at.
        clients.map((client, n) => () => client.deliver(user(70 + n), content)),
      );
      for (const client of clients) client.close();
    }
  },
};
