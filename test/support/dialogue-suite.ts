/**
 * Every dialogue of `test/dialogues` as a test.
 * `RESTANTE_TEST_DIALOGUES=search,fetch` picks files; `RESTANTE_TEST_DOVECOT=host:port` asks a Dovecot;
 * `RESTANTE_TEST_WORKERS=2` asks a server of so many processes, so that sessions of a dialogue are on several.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { readDialogues } from './dialogue.ts';
import { readMessages, readScene } from './dialogue-fixture.ts';
import { run } from './dialogue-run.ts';
import { grammarCheck } from './grammar-check.ts';
import { dovecot, type DialogueServer } from './dialogue-server.ts';

const folder = new URL('../dialogues/', import.meta.url);
const picked = process.env['RESTANTE_TEST_DIALOGUES']?.split(',');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.md') && name !== 'messages.md')
  .filter((name) => picked === undefined || picked.includes(name.slice(0, -3)));
const messages = readMessages(readFileSync(new URL('messages.md', folder), 'utf8'));

const foreign = process.env['RESTANTE_TEST_DOVECOT'];
const workers = Number(process.env['RESTANTE_TEST_WORKERS'] ?? 1);

/** Has all dialogues, with the client's bytes of a turn in one piece or one by one. */
export async function dialogueSuite(manner: 'whole' | 'byte by byte'): Promise<void> {
  if (foreign !== undefined && manner !== 'whole') return;
  const server = await serverUnderTest();
  after(() => server.close());
  // All beside each other, since a dialogue is mostly waiting for the other side.
  describe(`dialogues ${manner}`, { concurrency: 24 }, () => {
    for (const file of files) declare(file, { server, manner });
  });
}

async function serverUnderTest(): Promise<DialogueServer> {
  if (foreign !== undefined) return dovecot(foreign);
  if (workers > 1) return await (await import('./dialogue-workers.ts')).restanteWorkers(workers);
  return await (await import('./dialogue-restante.ts')).restante();
}

interface Run {
  readonly server: DialogueServer;
  readonly manner: 'whole' | 'byte by byte';
}

function declare(file: string, { server, manner }: Run): void {
  const path = `test/dialogues/${file}`;
  for (const dialogue of readDialogues(path, readFileSync(new URL(file, folder), 'utf8'))) {
    const scene = readScene(dialogue, messages);
    if (server.name === 'dovecot' && scene.notDovecot !== undefined) continue;
    if (manner === 'byte by byte' && !scene.bytewise) continue;
    const utf8 = /UTF8=ACCEPT|IMAP4rev2|LANGUAGE/i.test(JSON.stringify(dialogue));
    const grammar = server.name === 'restante' ? grammarCheck({ utf8 }) : () => undefined;
    test(`${path}:${dialogue.line} ${dialogue.title}`, async () => {
      const address = await server.address(scene.server);
      const user = await server.addUser();
      await run(dialogue, scene, { address, user, password: server.password, manner, grammar });
    });
  }
}
