import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookUpLanguage } from './language.ts';

test('a range finds its language, however special it is', () => {
  assert.equal(lookUpLanguage(['de']), 'de');
  assert.equal(lookUpLanguage(['DE-AT']), 'de');
  assert.equal(lookUpLanguage(['de-x-private']), 'de');
  assert.equal(lookUpLanguage(['i-default']), 'i-default');
});

test('the first range that can be met counts', () => {
  assert.equal(lookUpLanguage(['fr-CA', 'en-CA']), 'en');
  assert.equal(lookUpLanguage(['fr', 'de', 'en']), 'de');
});

test('default is what is spoken unasked, * is any language', () => {
  assert.equal(lookUpLanguage(['default']), 'i-default');
  assert.equal(lookUpLanguage(['*']), 'en');
});

test('what is not spoken is not found', () => {
  assert.equal(lookUpLanguage(['mul']), undefined);
  assert.equal(lookUpLanguage(['deu']), undefined);
  assert.equal(lookUpLanguage(['i']), undefined);
  assert.equal(lookUpLanguage(['']), undefined);
});
