import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network, Throttle } from './throttle.ts';

const limits = {
  loginFailuresPerAddressMax: 3,
  loginFailureWindowMs: 60_000,
  loginPenaltyMaxMs: 1000,
};

function throttle(exempt: (address: string) => boolean = () => false) {
  const clock = { ms: 0 };
  return { clock, throttle: new Throttle({ limits, exempt, now: () => clock.ms }) };
}

test('penalties grow up to their limit, then right passwords wait too, until the window passes', () => {
  const { clock, throttle: guard } = throttle();
  assert.equal(guard.delayBefore('192.0.2.1'), 0);
  assert.deepEqual(
    [guard.failed('192.0.2.1'), guard.failed('192.0.2.1'), guard.failed('192.0.2.1')],
    [250, 500, 1000],
  );
  assert.equal(guard.failed('192.0.2.1'), 1000);
  assert.equal(guard.delayBefore('192.0.2.1'), 1000);
  assert.equal(guard.delayBefore('192.0.2.2'), 0, 'another address is another matter');
  clock.ms = 60_000;
  assert.equal(guard.delayBefore('192.0.2.1'), 0);
  assert.equal(guard.failed('192.0.2.1'), 250);
});

test('trusted addresses are never slowed down', () => {
  const { throttle: guard } = throttle((address) => address === '127.0.0.1');
  for (let n = 0; n < 10; n += 1) assert.equal(guard.failed('127.0.0.1'), 0);
  assert.equal(guard.delayBefore('127.0.0.1'), 0);
});

test('one IPv6 customer is one network', () => {
  assert.equal(network('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
  assert.equal(network('2001:db8:1:2::9'), '2001:db8:1:2');
  assert.equal(network('2001:db8::9'), '2001:db8:0:0');
  assert.equal(network('::1'), '0:0:0:0');
  assert.equal(network('fe80::1%eth0'), 'fe80:0:0:0');
  assert.equal(network('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(network('192.0.2.1'), '192.0.2.1');
});
