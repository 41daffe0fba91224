import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descriptorsIn, descriptorsMax } from './descriptors.ts';

test('how many files may be open is read where the system says it', () => {
  const limits = (soft: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             unlimited            unlimited            processes \nMax open files            ${soft.padEnd(21)}524288               files     \n`;
  assert.equal(descriptorsIn(limits('4096')), 4096);
  assert.equal(descriptorsIn(limits('unlimited')), Infinity);
  assert.equal(descriptorsIn(''), 10_240);
  assert.ok(descriptorsMax() > 100);
});
