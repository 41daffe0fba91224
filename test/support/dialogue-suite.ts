/**
 * Every dialogue of `test/dialogues` as a test.
 * `RESTANTE_TEST_DIALOGUES=search,fetch` picks files; `RESTANTE_TEST_DOVECOT=host:port` asks a Dovecot;
 * `RESTANTE_TEST_WORKERS=2` asks a server of so many processes, so that sessions of a dialogue are on several.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { readDialogues, type Dialogue } from './dialogue.ts';
import { readMessages, readScene, type Scene } from './dialogue-fixture.ts';
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

interface Case {
  readonly path: string;
  readonly dialogue: Dialogue;
  readonly scene: Scene;
}

/** Has all dialogues, with the client's bytes of a turn in one piece or one by one. */
export async function dialogueSuite(manner: 'whole' | 'byte by byte'): Promise<void> {
  if (foreign !== undefined && manner !== 'whole') return;
  const cases = files
    .flatMap(read)
    .filter(({ scene }) => foreign === undefined || scene.notDovecot === undefined)
    .filter(({ scene }) => manner === 'whole' || scene.bytewise);
  const server = await serverUnderTest(cases.map(({ scene }) => scene));
  // Played before the test runner is asked for anything, since it follows every promise once it was.
  const failures = new Map<Case, unknown>();
  const waiting = [...cases];
  const lane = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const failure = await play(one, { server, manner }).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure !== undefined) failures.set(one, failure);
    }
  };
  // Many beside each other, since a dialogue is mostly waiting for the other side.
  await Promise.all(Array.from({ length: 24 }, lane));
  await server.close();
  describe(`dialogues ${manner}`, () => {
    for (const one of cases) {
      test(`${one.path}:${one.dialogue.line} ${one.dialogue.title}`, () => {
        if (failures.has(one)) throw failures.get(one);
      });
    }
  });
}

function read(file: string): Case[] {
  const path = `test/dialogues/${file}`;
  const markdown = readFileSync(new URL(file, folder), 'utf8');
  return readDialogues(path, markdown).map((dialogue) => ({
    path,
    dialogue,
    scene: readScene(dialogue, messages),
  }));
}

async function serverUnderTest(scenes: readonly Scene[]): Promise<DialogueServer> {
  if (foreign !== undefined) return dovecot(foreign);
  if (workers > 1) return await (await import('./dialogue-workers.ts')).restanteWorkers(workers);
  return await (await import('./dialogue-restante.ts')).restante(scenes);
}

interface Run {
  readonly server: DialogueServer;
  readonly manner: 'whole' | 'byte by byte';
}

async function play({ dialogue, scene }: Case, { server, manner }: Run): Promise<void> {
  const utf8 = /UTF8=ACCEPT|IMAP4rev2|LANGUAGE/i.test(JSON.stringify(dialogue));
  const grammar = server.name === 'restante' ? grammarCheck({ utf8 }) : () => undefined;
  const address = await server.address(scene.server);
  const user = await server.user(scene);
  const others = await further(server, scene, user);
  const { password, asExpected = (response: string) => response } = server;
  await run(dialogue, scene, { address, user, password, manner, grammar, asExpected, others });
}

/** The accounts that a dialogue has besides the first, by name. */
async function further(
  server: DialogueServer,
  { server: kind, logins, shared }: Scene,
  user: string,
): Promise<ReadonlyMap<string, string>> {
  const others = new Map<string, string>();
  for (const name of logins) {
    if (name !== undefined && !others.has(name))
      others.set(
        name,
        await server.user({
          server: kind,
          preparation: [],
          quota: undefined,
          administrator: false,
        }),
      );
  }
  if (shared !== undefined && server.share !== undefined)
    others.set(shared, await server.share(user));
  return others;
}
