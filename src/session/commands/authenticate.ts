import {
  decodeBase64,
  firstChallenge,
  mechanism,
  SaslError,
  type SaslStep,
} from '../../auth/sasl.ts';
import { bad, no } from '../../model/refusal.ts';
import { parseAuthenticate } from '../../wire/parse/authenticate.ts';
import { defineCommand, type CommandContext } from '../command.ts';
import { demandPrivacy, logInByPassword } from './password.ts';

/**
 * AUTHENTICATE (RFC 9051 section 6.2.2).
 *
 *   authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
 */
export const authenticate = defineCommand({
  name: 'AUTHENTICATE',
  states: ['not authenticated'],
  expunges: 'held back',
  parse: parseAuthenticate,

  async run(context, { mechanism: name, initialResponse }) {
    const exchange = mechanism(name);
    if (exchange === undefined || (name === 'LOGIN' && context.session.isOff('AUTH=LOGIN'))) {
      throw no('this mechanism is not offered', { kind: 'CANNOT' });
    }
    demandPrivacy(context);
    let response = initialResponse ?? (await ask(context, firstChallenge(name)));
    for (;;) {
      const step = stepOf(context, () => exchange.step(response));
      if (step.kind === 'credentials') return await logInByPassword(context, step);
      response = await ask(context, step.challenge);
    }
  },
});

/** What decodes but makes no sense to its mechanism is a failed login (RFC 4616 section 2); BAD is for what does not decode. */
function stepOf({ session }: CommandContext<'not authenticated'>, step: () => SaslStep): SaslStep {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof SaslError)) throw error;
    session.loginFailed();
    throw no(`not a valid response: ${error.message}`, { kind: 'AUTHENTICATIONFAILED' });
  }
}

/** Sends a challenge and waits for the answer. BAD when the client cancels by `*` or it is not base64. */
async function ask(
  { client }: CommandContext<'not authenticated'>,
  challenge: Uint8Array,
): Promise<Uint8Array> {
  await client.send({ kind: 'continuation', text: Buffer.from(challenge).toString('base64') });
  client.flush();
  const line = await client.line();
  client.signal.throwIfAborted();
  if (line === undefined) throw bad('the client has gone');
  const text = Buffer.from(line).toString('latin1');
  if (text === '*') throw bad('authentication was cancelled');
  const response = decodeBase64(text);
  if (response === undefined) throw bad('expected base64');
  return response;
}
