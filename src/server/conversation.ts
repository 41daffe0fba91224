import type { Refusal } from '../model/refusal.ts';
import type { Incoming } from '../session/client.ts';
import type { WriteOptions } from '../wire/write/wire.ts';

/** What a connection needs of its session (`session/session.ts`). */
export interface Conversation extends AsyncDisposable {
  readonly ended: boolean;
  readonly authenticated: boolean;
  /** Whether the last command is not over and waits for a line, for any time: IDLE. */
  readonly idling: boolean;
  readonly options: WriteOptions;
  greeting(): Promise<void>;
  /** Why a command that begins so is refused before its literal is asked for. */
  objection(beginning: Uint8Array): Refusal | undefined;
  /** Runs a command to its tagged answer, or until it is `idling`. */
  execute(incoming: Incoming): Promise<void>;
  /** Goes on with the line that an idling command waits for; undefined when the client sends no more. */
  resume(line: Uint8Array | Refusal | undefined): Promise<void>;
  shutdown(text: string): Promise<void>;
}
