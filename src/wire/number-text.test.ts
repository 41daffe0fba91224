import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNumber64 } from './number-text.ts';

test('numbers of 63 bits, and what is none', () => {
  assert.equal(readNumber64('0'), 0);
  assert.equal(readNumber64('000'), 0);
  assert.equal(readNumber64(`${'0'.repeat(40)}17`), 17);
  assert.equal(readNumber64('9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.equal(readNumber64('9007199254740993'), Number.MAX_SAFE_INTEGER);
  assert.equal(readNumber64('9223372036854775807'), Number.MAX_SAFE_INTEGER);
  for (const none of ['', '9223372036854775808', '10000000000000000000', '9'.repeat(30)])
    assert.equal(readNumber64(none), undefined, none);
});
