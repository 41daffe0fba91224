/** Messages made up for tests: the same ones for the same number. */

/** A small message with CRLF line ends; `n` tells it from the others. */
export function message(n: number, lines = 5): string {
  const body = Array.from(
    { length: lines },
    (_, i) => `line ${i} of message ${n} and a bit of text to make it longer`,
  );
  return [
    `From: Sender ${n} <sender${n}@example.com>`,
    'To: Anna <anna@example.org>',
    `Subject: message number ${n}`,
    `Date: Mon, ${String((n % 28) + 1).padStart(2, '0')} Jun 2026 10:${String(n % 60).padStart(2, '0')}:00 +0200`,
    `Message-ID: <m${n}@example.com>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...body,
    '',
  ].join('\r\n');
}
