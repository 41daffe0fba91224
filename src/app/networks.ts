import { BlockList, isIP, isIPv4 } from 'node:net';
import { ConfigError } from './config-error.ts';

/** What `trusted` is unless the operator says otherwise: this machine. */
export const loopbackNetworks: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** Whether an address lies in one of these networks: `192.0.2.0/24`, `2001:db8::/32` or a single address. Throws ConfigError. */
export function networks(list: readonly string[]): (remoteAddress: string) => boolean {
  const blocks = new BlockList();
  for (const text of list) {
    const [address = '', prefix] = text.split('/');
    const family = isIP(address);
    const bits =
      prefix === undefined
        ? family === 4
          ? 32
          : 128
        : /^\d+$/.test(prefix)
          ? Number(prefix)
          : NaN;
    if (family === 0 || !(bits <= (family === 4 ? 32 : 128))) {
      throw new ConfigError(
        `"${text}" is not a network; write it like 192.0.2.0/24 or 2001:db8::/32`,
      );
    }
    blocks.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  // A listener on [::] sees IPv4 peers as ::ffff:192.0.2.1, which BlockList compares as IPv4.
  return (remoteAddress) =>
    isIP(remoteAddress) !== 0 &&
    blocks.check(remoteAddress, isIPv4(remoteAddress) ? 'ipv4' : 'ipv6');
}
