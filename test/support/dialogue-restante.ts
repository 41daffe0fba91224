import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { Copies, makeTemplates } from './dialogue-accounts.ts';
import type { Scene } from './dialogue-fixture.ts';
import { House, password } from './dialogue-house.ts';
import { prepare } from './dialogue-prepare.ts';
import { giveRights } from './dialogue-rights.ts';
import type { DialogueServer } from './dialogue-server.ts';
import { shareWith } from './dialogue-share.ts';

/** Our own server in this process: one store for all dialogues, an account for each. */
export async function restante(scenes: readonly Scene[]): Promise<DialogueServer> {
  // Nothing here has to survive a power loss, and memory syncs at once.
  const memory = '/dev/shm';
  const directory = await mkdtemp(
    join(existsSync(memory) ? memory : tmpdir(), 'restante-dialogues-'),
  );
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
  });
  const templates = await makeTemplates(
    await House.open(join(directory, 'templates')),
    scenes.map(({ preparation }) => preparation),
  );
  const house = await House.open(join(directory, 'store'), { cert, key });
  const copies = new Copies(house.directory);
  return {
    name: 'restante',
    password,
    address: (kind) => house.address(kind),
    user: async ({ server, preparation, ...rights }) => {
      const { file, left } = templates(preparation);
      const user = copies.add(file);
      await prepare({ address: await house.address(server), user, password }, left);
      await giveRights(house.store, user, rights);
      return user;
    },
    share: (user) => shareWith(house.store, user),
    close: async () => {
      copies[Symbol.dispose]();
      await house.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
