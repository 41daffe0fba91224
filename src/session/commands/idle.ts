import { sameText } from '../../base/ascii.ts';
import { bad } from '../../model/refusal.ts';
import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok, type CommandContext } from '../command.ts';

type Context = CommandContext<'authenticated' | 'selected'>;

/**
 * IDLE (RFC 9051 section 6.3.13, RFC 2177): tells at once what happens until the client says DONE. Nothing polls: a
 * delta of the selected view wakes it.
 *
 *   idle = "IDLE" CRLF "DONE"
 */
export const idle = defineCommand({
  name: 'IDLE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseNothing,

  async run(context) {
    const { client } = context;
    await client.send({ kind: 'continuation', text: 'idling' });
    const line = await wait(context);
    // The server stops: BYE follows.
    if (line === 'shutdown') return ok('IDLE ended');
    client.signal.throwIfAborted();
    if (line === undefined || !sameText(Buffer.from(line).toString('latin1').trimEnd(), 'DONE')) {
      throw bad('expected DONE');
    }
    return ok('IDLE completed');
  },
});

/** Announces until there is a line. */
async function wait(context: Context): Promise<Uint8Array | 'shutdown' | undefined> {
  const { client, selected, session, limits, reply } = context;
  let wake: () => void = () => undefined;
  let outcome: { readonly line: Uint8Array | 'shutdown' | undefined } | undefined;
  let failure: { readonly error: unknown } | undefined;
  let news = true;
  let alive = false;
  client.line().then(
    (line) => {
      outcome ??= { line };
      wake();
    },
    (error: unknown) => {
      failure = { error };
      wake();
    },
  );
  using _shutdown = session.onShutdown(() => {
    outcome ??= { line: 'shutdown' };
    wake();
  });
  if (selected !== undefined) {
    selected.wake = () => {
      news = true;
      wake();
    };
  }
  // Outlook gives up for ever on a server that closes IDLE, and NATs forget silent connections.
  const keepalive = setInterval(() => {
    alive = true;
    wake();
  }, limits.idleKeepaliveMs).unref();
  try {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      if (outcome !== undefined) return outcome.line;
      if (news) {
        news = false;
        await session.announce('announced');
      }
      if (alive) {
        alive = false;
        await reply({ kind: 'status', status: 'OK', text: 'Still here' });
      }
      client.flush();
      if (news || alive || outcome !== undefined || failure !== undefined) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    clearInterval(keepalive);
    if (selected !== undefined) selected.wake = undefined;
  }
}
