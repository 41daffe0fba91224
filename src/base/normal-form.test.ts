import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalForm } from './normal-form.ts';

const forms = ['NFC', 'NFKC', 'NFKD'] as const;

test('what people write is in the form that the language gives it', () => {
  const texts = [
    'Zu\u0308rich und \u1f82 '.repeat(100),
    '\u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902 '.repeat(200),
    '\ufdfa\u2168 \u{1d15e} '.repeat(100),
    `${'x'.repeat(180)}${'\u0327\u0301'.repeat(60)}${'y'.repeat(300)}`,
    '',
    'e\u0301',
  ];
  for (const text of texts)
    for (const form of forms) assert.equal(normalForm(text, form), text.normalize(form));
});

test('marks without end cost no more than other text', () => {
  for (const marks of ['\u0301\u0327', '\u{1d167}\u{1d16d}'])
    for (const before of [0, 199]) {
      const text = 'x'.repeat(before) + marks.repeat(30_000);
      for (const form of forms) {
        const began = performance.now();
        const normal = normalForm(text, form);
        assert.ok(performance.now() - began < 200, `${before} ${form}`);
        assert.ok(normal.length >= text.length - 10);
      }
    }
});
