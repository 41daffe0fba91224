import { setTimeout as sleep } from 'node:timers/promises';
import type { ActStep, Dialogue, ExpectStep, SendStep, ServerPattern } from './dialogue.ts';
import type { Scene } from './dialogue-fixture.ts';
import { bytesOf, mismatch, type Variables } from './dialogue-match.ts';
import { give, type Login, login, responseTimeMs } from './dialogue-prepare.ts';
import { ImapConnection } from './imap-connection.ts';

/** How long `(silence)` listens. */
const silenceTimeMs = 40;

/** Who is asked, and as whom. */
export interface Stage extends Login {
  /** How the client's bytes go out: a turn in one write, or each byte in a write of its own. */
  readonly manner: 'whole' | 'byte by byte';
  /** Why a response is not grammatical, or undefined when it is. */
  readonly grammar: (response: string) => string | undefined;
  /** A response in the words of a dialogue that wants this text, as far as they are left to the server. */
  readonly asExpected: (response: string, wanted: string) => string;
  /** Addresses of further accounts, by what the fixture calls them. */
  readonly others: ReadonlyMap<string, string>;
}

/** Has the dialogue; throws where the server does not say what it should, with the transcript. */
export async function run(dialogue: Dialogue, scene: Scene, stage: Stage): Promise<void> {
  const performance = new Performance(dialogue, scene, stage);
  try {
    await performance.play();
  } finally {
    performance.close();
  }
}

class Performance {
  readonly #dialogue: Dialogue;
  readonly #scene: Scene;
  readonly #stage: Stage;
  readonly #connections: ImapConnection[] = [];
  readonly #held = new Map<number, string>();
  readonly #variables: Variables;
  readonly #transcript: string[] = [];

  constructor(dialogue: Dialogue, scene: Scene, stage: Stage) {
    this.#dialogue = dialogue;
    this.#scene = scene;
    this.#stage = stage;
    const { user, password } = stage;
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    this.#variables = new Map([
      ['user', user],
      ['password', password],
      ['user64', base64(user)],
      ['password64', base64(password)],
      ['plain64', base64(`\0${user}\0${password}`)],
      ['own64', base64(`${user}\0${user}\0${password}`)],
      ['other64', base64(`somebody-else@example.org\0${user}\0${password}`)],
      ['wrong64', base64(`\0${user}\0not ${password}`)],
      ...stage.others,
    ]);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  async play(): Promise<void> {
    for (const [index, commands] of this.#scene.opening.entries())
      this.#connections.push(await this.#open(commands, this.#scene.logins[index]));
    for (const step of this.#dialogue.steps) {
      if (step.kind === 'send') await this.#send(step);
      else if (step.kind === 'act') await this.#act(step);
      else await this.#expect(step);
    }
    await sleep(1);
    this.#connections.forEach((connection, index) => {
      const unread = (this.#held.get(index + 1) ?? '') + connection.unread;
      if (unread !== '')
        this.#fail(this.#dialogue.line, `connection ${index + 1} said more: ${shown(unread)}`);
    });
  }

  async #open(commands: readonly string[], name: string | undefined): Promise<ImapConnection> {
    const connection = await ImapConnection.open(this.#stage.address);
    if (!this.#scene.greetingShown) await connection.next(responseTimeMs);
    const user = this.#stage.others.get(name ?? '') ?? this.#stage.user;
    if (this.#scene.login) await give(connection, [login({ ...this.#stage, user }), ...commands]);
    return connection;
  }

  async #send(step: SendStep): Promise<void> {
    const text = step.lines
      .map((line) => {
        const size = line.literal.reduce(
          (sum, part) => sum + bytesOf(part.text, this.#variables).length + (part.crlf ? 2 : 0),
          0,
        );
        const measured = line.text.replace(/\{#([+-]?)\}$/, `{${size}$1}`);
        return bytesOf(measured, this.#variables) + (line.crlf ? '\r\n' : '');
      })
      .join('');
    this.#note(step.connection, 'C', text);
    const piece =
      this.#stage.manner === 'whole' ? text.length : Math.max(1, Math.ceil(text.length / 2000));
    await this.#connection(step.connection).send(Buffer.from(text, 'latin1'), Math.max(1, piece));
  }

  async #act({ action, connection: index, line }: ActStep): Promise<void> {
    const connection = this.#connection(index);
    const wait = /^wait (\d+)ms$/.exec(action);
    if (wait !== null) return sleep(Number(wait[1]));
    this.#transcript.push(`${index}  (${action})`);
    if (action === 'tls') return connection.startTls();
    if (action === 'deflate') return connection.compress();
    if (action === 'plain') return connection.decompress();
    if (action === 'close') return connection.close();
    if (action === 'silence') {
      const response = await this.#next(index, silenceTimeMs);
      if (response !== undefined) this.#fail(line, 'expected silence');
      return;
    }
    if (action !== 'closed') throw new Error(`no such act: (${action})`);
    const response = await this.#next(index, responseTimeMs);
    if (response !== null) this.#fail(line, 'expected the end of the connection');
  }

  async #expect(step: ExpectStep): Promise<void> {
    const open = [...step.patterns];
    while (open.length > 0) {
      const due = open.filter((pattern) => pattern.times === 'once');
      if (due.length === 0 && !step.moreFollows && !this.#hasCome(step.connection)) return;
      const response = await this.#next(step.connection, responseTimeMs);
      if (typeof response !== 'string') {
        if (due.length === 0) return;
        const wanted = due[0]!;
        this.#fail(
          wanted.line,
          `expected: ${wantedText(wanted)}\n  but ${response === null ? 'the connection ended' : 'nothing came'}`,
        );
      } else {
        const reasons = new Map<ServerPattern, string>();
        const found = open.find((pattern) => {
          const told = this.#stage.asExpected(
            response,
            bytesOf(firstText(pattern), this.#variables),
          );
          const reason = mismatch(pattern, told, this.#variables);
          if (reason !== undefined) reasons.set(pattern, reason);
          return reason === undefined;
        });
        if (found !== undefined) {
          if (found.times !== 'many') open.splice(open.indexOf(found), 1);
          continue;
        }
        const wanted = due[0];
        if (wanted === undefined) {
          this.#held.set(step.connection, response);
          return;
        }
        this.#fail(
          wanted.line,
          `expected: ${wantedText(wanted)}\n       got: ${shown(response)}\n       (${reasons.get(wanted)})`,
        );
      }
    }
  }

  #hasCome(index: number): boolean {
    return this.#held.has(index) || this.#connection(index).unread.includes('\r\n');
  }

  /** The next response of a connection, checked for grammar. */
  async #next(index: number, timeMs: number): Promise<string | undefined | null> {
    const held = this.#held.get(index);
    if (held !== undefined) {
      this.#held.delete(index);
      return held;
    }
    const response = await this.#connection(index).next(timeMs);
    if (typeof response !== 'string') return response;
    this.#note(index, 'S', response);
    const problem = this.#stage.grammar(response);
    if (problem !== undefined)
      this.#fail(this.#dialogue.line, `not grammatical: ${shown(response)}\n  ${problem}`);
    return response;
  }

  #connection(index: number): ImapConnection {
    const connection = this.#connections[index - 1];
    if (connection === undefined) throw new Error(`no connection ${index}`);
    return connection;
  }

  #note(index: number, side: 'C' | 'S', text: string): void {
    this.#transcript.push(`${index}${side}: ${shown(text)}`);
  }

  #fail(line: number, reason: string): never {
    const { file, title } = this.#dialogue;
    const error = new Error(
      `${file}:${line}: ${title} (${this.#stage.manner})\n  ${reason}\n\n${this.#transcript.slice(-40).join('\n')}\n`,
    );
    // The place that matters is in the Markdown file.
    error.stack = error.message;
    throw error;
  }
}

function firstText({ pieces: [piece] }: ServerPattern): string {
  return piece?.kind === 'line' ? piece.text : '';
}

function wantedText(pattern: ServerPattern): string {
  return pattern.pieces
    .map((piece) =>
      piece.kind === 'line' ? piece.text : piece.lines.map((line) => line.text).join('⏎'),
    )
    .join('⏎');
}

/** Bytes for a person to read. */
function shown(text: string): string {
  const utf8 = Buffer.from(text, 'latin1').toString('utf8');
  const readable = utf8.includes('�') ? text : utf8;
  const short =
    readable.length > 1500 ? `${readable.slice(0, 1500)}… (${text.length} bytes)` : readable;
  return short
    .replace(/\r\n$/, '')
    .replaceAll('\r\n', '\n      ')
    .replace(
      // oxlint-disable-next-line no-control-regex
      /[\u0000-\u0009\u000b-\u001f]/g,
      (c) => `‹${c.charCodeAt(0).toString(16).padStart(2, '0')}›`,
    );
}
