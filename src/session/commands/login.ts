import { parseLogin } from '../../wire/parse/login.ts';
import { defineCommand } from '../command.ts';
import { demandPrivacy, logInByPassword } from './password.ts';

/**
 * LOGIN (RFC 9051 section 6.2.3).
 *
 *   login = "LOGIN" SP userid SP password
 */
export const login = defineCommand({
  name: 'LOGIN',
  states: ['not authenticated'],
  expunges: 'held back',
  parse: parseLogin,

  async run(context, args) {
    demandPrivacy(context);
    return await logInByPassword(context, args);
  },
});
