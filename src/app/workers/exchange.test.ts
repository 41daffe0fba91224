import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asAccountId, asModSeq } from '../../model/ids.ts';
import { Admission } from '../../server/admission.ts';
import { Exchange } from './exchange.ts';
import { Line } from './line.ts';
import type { Conclusion, Notice } from './messages.ts';

const [anna, bert] = [asAccountId('anna'), asAccountId('bert')];

/** Workers whose messages arrive at once. */
function ground(size: number) {
  const exchange = new Exchange();
  const traffic: string[] = [];
  const workers = Array.from({ length: size }, (_, id) => {
    const line = new Line((message) => {
      traffic.push(`${id} ${message.kind}`);
      exchange.heard(id, message);
    });
    const received: (Notice | Conclusion)[] = [];
    exchange.join(id, (message) => {
      received.push(message);
      line.heard(message);
    });
    return { line, received };
  });
  return { exchange, traffic, workers };
}

test('a write is told to those who have the account open, and to nobody when there is nobody', () => {
  const { traffic, workers } = ground(3);
  const heard: string[] = [];
  const [a, b, c] = workers.map(({ line }, id) =>
    line.join(anna, { heard: (modSeq) => heard.push(`${id}:${modSeq}`) }),
  );
  c?.[Symbol.dispose]();
  a?.publish(asModSeq(7));
  b?.publish(asModSeq(8));
  assert.deepEqual(heard, ['1:7', '0:8']);
  b?.[Symbol.dispose]();
  const before = traffic.length;
  a?.publish(asModSeq(9));
  assert.equal(traffic.length, before);
  const alone = workers[2]?.line.join(bert, { heard: () => assert.fail('nobody writes') });
  alone?.publish(asModSeq(1));
  assert.deepEqual(heard, ['1:7', '0:8']);
});

test('who is alone tells nobody what it has open, and all of it before it has company', () => {
  const { traffic, workers } = ground(2);
  const [first, second] = workers.map(({ line }) => line);
  first!.alone = true;
  const heard: number[] = [];
  const seat = first!.join(anna, { heard: (modSeq) => heard.push(modSeq) });
  first!.join(bert, { heard: () => undefined })[Symbol.dispose]();
  seat.publish(asModSeq(1));
  assert.deepEqual(traffic, []);
  first!.alone = false;
  assert.deepEqual(traffic, ['0 open']);
  second!.join(anna, { heard: () => undefined }).publish(asModSeq(2));
  assert.deepEqual(heard, [2]);
});

test('a worker that died is forgotten with all it had', () => {
  const { exchange, traffic, workers } = ground(2);
  const [first, second] = workers;
  const seat = first?.line.join(anna, { heard: () => undefined });
  second?.line.join(anna, { heard: () => undefined });
  exchange.heard(1, { kind: 'counts', tally: 'byAddress', counts: [['192.0.2.1', 5]] });
  assert.equal(first?.line.byAddress.count('192.0.2.1'), 5);
  exchange.leave(1);
  assert.equal(first?.line.byAddress.count('192.0.2.1'), 0);
  const before = traffic.length;
  seat?.publish(asModSeq(3));
  assert.equal(traffic.length, before);
  // What a dead process still said is nobody's.
  exchange.heard(1, { kind: 'counts', tally: 'byAddress', counts: [['192.0.2.1', 9]] });
  assert.equal(first?.line.byAddress.count('192.0.2.1'), 0);
});

test('counts of all workers are added up, also for one that comes later', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { exchange, traffic, workers } = ground(2);
  const [a, b] = workers.map(({ line }) => line);
  a?.byAccount.enter('anna');
  a?.byAccount.enter('anna');
  b?.byAccount.enter('anna');
  b?.byAddress.enter('192.0.2.1');
  b?.byAddress.leave('192.0.2.1');
  assert.equal(traffic.length, 0);
  t.mock.timers.tick(1000);
  assert.deepEqual([a?.byAccount.count('anna'), b?.byAccount.count('anna')], [3, 3]);
  const late = new Line(() => undefined);
  exchange.join(2, (message) => late.heard(message));
  assert.equal(late.byAccount.count('anna'), 3);
});

test('the limit on all connections is for all workers together, not a share for each', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const limits = { connectionsMax: 3, connectionsPerAddressMax: 100 };
  const [one, two] = ground(2).workers.map(
    ({ line }) =>
      new Admission({
        limits,
        trusted: () => false,
        byAddress: line.byAddress,
        byService: line.byService,
      }),
  );
  const enter = (admission: Admission | undefined) => {
    const refusal = admission?.enter('192.0.2.1');
    t.mock.timers.tick(1000);
    return refusal;
  };
  assert.deepEqual([one, one, one].map(enter), [undefined, undefined, undefined]);
  assert.deepEqual([one, two].map(enter), Array(2).fill('too many connections'));
  one?.leave('192.0.2.1');
  t.mock.timers.tick(1000);
  assert.equal(enter(two), undefined);
});

test('a failed login is told to all others', () => {
  const { workers } = ground(3);
  const heard: string[] = [];
  workers.forEach(({ line }, id) =>
    line.failedLogins.listen((network) => heard.push(`${id} ${network}`)),
  );
  workers[1]?.line.failedLogins.publish('192.0.2.1');
  assert.deepEqual(heard, ['0 192.0.2.1', '2 192.0.2.1']);
});
