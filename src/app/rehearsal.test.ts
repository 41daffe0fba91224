import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultLimits } from '../base/limits.ts';
import { silent } from '../base/logger.ts';
import type { Response } from '../model/response.ts';
import { rehearsing } from './rehearsal.ts';

/** Runs with a folder for temporary files of its own. */
async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const before = process.env['TMPDIR'];
  const folder = await mkdtemp(join(tmpdir(), 'restante-rehearsed-'));
  process.env['TMPDIR'] = folder;
  try {
    await action(folder);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    await rm(folder, { recursive: true });
  }
}

test('what is rehearsed succeeds as it does for clients, and nothing of it stays', async () => {
  await inFolder(async (folder) => {
    const told: Response[] = [];
    const left = join(folder, 'restante-rehearsal-killed');
    await mkdir(left);
    await utimes(left, 0, 0);
    const { promise: played, resolve } = Promise.withResolvers<void>();
    {
      await using _ = rehearsing({
        limits: defaultLimits,
        logger: { ...silent, debug: () => resolve() },
        told: (response) => {
          told.push(response);
          if (response.kind === 'tagged' && response.text.startsWith('LOGOUT')) resolve();
        },
      });
      await played;
    }
    const answers = told.flatMap((one) => (one.kind === 'tagged' ? [one.status] : []));
    assert.deepEqual(answers.slice(0, 4), ['OK', 'OK', 'OK', 'OK']);
    const unseen = told.filter((one) => one.kind === 'status' && one.code?.kind === 'UNSEEN');
    assert.ok(unseen.length >= 2);
    assert.deepEqual(await readdir(folder), []);
  });
});

test('who stops at once waits for little', async () => {
  await inFolder(async (folder) => {
    await using _ = rehearsing({ limits: defaultLimits, logger: silent });
    await _[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(folder), []);
  });
});
