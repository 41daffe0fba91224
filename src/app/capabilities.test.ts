import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashPassword } from '../auth/password.ts';
import { defaultLimits } from '../base/limits.ts';
import { silent } from '../base/logger.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { startServer } from './embedded.ts';

test('a switch of another process counts at the next login, without a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'restante-capabilities-'));
  const open = (): ReturnType<typeof openSqliteStore> =>
    openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  try {
    await using store = await open();
    const address = 'anna@example.org';
    await store.directory.add({ address, passwordHash: await hashPassword('secret') });
    await using server = await startServer({
      store,
      listen: ['imap://127.0.0.1:0'],
      capabilities: { XLIST: false },
    });
    const { port } = new URL(server.addresses[0]?.url ?? '');
    const said = async (): Promise<string> => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(`a LOGIN ${address} secret\r\nb NOTIFY NONE\r\nc LOGOUT\r\n`);
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      return text;
    };
    const before = await said();
    assert.match(before, /^a OK \[CAPABILITY [^\]]*\bNOTIFY\b/m);
    assert.doesNotMatch(before, /XLIST/);
    assert.match(before, /^b OK/m);
    {
      await using other = await open();
      await other.directory.switchCapability(address, 'NOTIFY', false);
    }
    const after = await said();
    assert.doesNotMatch(after, /^a OK \[CAPABILITY [^\]]*\bNOTIFY\b/m);
    assert.match(after, /^b BAD this command is not known/m);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
