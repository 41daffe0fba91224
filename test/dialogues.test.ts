/**
 * Every dialogue of `test/dialogues`, with the client's bytes whole and one by one.
 * `RESTANTE_TEST_DIALOGUES=search,fetch` picks files; `RESTANTE_TEST_DOVECOT=host:port` asks a Dovecot.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { readDialogues } from './support/dialogue.ts';
import { readMessages, readScene } from './support/dialogue-fixture.ts';
import { run } from './support/dialogue-run.ts';
import { grammarCheck } from './support/grammar-check.ts';
import { dovecot } from './support/dialogue-server.ts';

const folder = new URL('dialogues/', import.meta.url);
const picked = process.env['RESTANTE_TEST_DIALOGUES']?.split(',');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.md') && name !== 'messages.md')
  .filter((name) => picked === undefined || picked.includes(name.slice(0, -3)));
const messages = readMessages(readFileSync(new URL('messages.md', folder), 'utf8'));

const foreign = process.env['RESTANTE_TEST_DOVECOT'];
const server =
  foreign === undefined
    ? await (await import('./support/dialogue-restante.ts')).restante()
    : dovecot(foreign);
const manners =
  process.env['RESTANTE_TEST_MANNER'] === 'whole' || server.name === 'dovecot'
    ? (['whole'] as const)
    : (['whole', 'byte by byte'] as const);

after(() => server.close());

// All beside each other, since a dialogue is mostly waiting for the other side.
describe('dialogues', { concurrency: 24 }, () => {
  for (const file of files) {
    const path = `test/dialogues/${file}`;
    for (const dialogue of readDialogues(path, readFileSync(new URL(file, folder), 'utf8'))) {
      const scene = readScene(dialogue, messages);
      if (server.name === 'dovecot' && scene.notDovecot !== undefined) continue;
      const utf8 = /UTF8=ACCEPT|IMAP4rev2/i.test(JSON.stringify(dialogue));
      const grammar = server.name === 'restante' ? grammarCheck({ utf8 }) : () => undefined;
      test(`${path}:${dialogue.line} ${dialogue.title}`, async () => {
        for (const manner of manners) {
          if (manner === 'byte by byte' && !scene.bytewise) continue;
          const address = await server.address(scene.server);
          const user = await server.addUser();
          await run(dialogue, scene, { address, user, password: server.password, manner, grammar });
        }
      });
    }
  }
});
