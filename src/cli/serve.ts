import { Command } from 'commander';
import { run } from '../app/run.ts';
import { addSettings, allSettings, configuration } from './configuration.ts';

/** `restante serve`: the server as an operator runs it. */
export function serveCommand(): Command {
  const command = new Command('serve').description(
    'run the server until SIGTERM; SIGHUP reads the certificates again',
  );
  return addSettings(command, allSettings).action(async (options: Record<string, string>) => {
    await run(configuration(options));
  });
}
