/** The `restante` command line. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../app/config-error.ts';
import { StartError } from '../app/start-error.ts';
import { version } from '../app/version.ts';
import { StoreError } from '../store/store-error.ts';
import { aclCommand } from './acl.ts';
import { CliError } from './cli-error.ts';
import { importCommand } from './import.ts';
import { serveCommand } from './serve.ts';
import { startCommand } from './start.ts';
import { userCommand } from './user.ts';

/** Runs one command; resolves with the exit code: 0 done, 1 failed, 2 called or configured wrongly. */
export async function main(words: readonly string[]): Promise<number> {
  const program = new Command('restante')
    .description('A mailbox server: keeps mail and serves it over IMAP')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'restante: ')),
    })
    .addCommand(startCommand())
    .addCommand(serveCommand())
    .addCommand(userCommand())
    .addCommand(aclCommand())
    .addCommand(importCommand());
  for (const command of everyCommand(program)) {
    command.exitOverride().copyInheritedSettings(program).showHelpAfterError(false);
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error);
  }
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function report(error: unknown): number {
  // Commander has said it already; asking for help is no mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const expected =
    error instanceof CliError ||
    error instanceof ConfigError ||
    error instanceof StartError ||
    error instanceof StoreError;
  const text = expected ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`restante: ${text}\n`);
  if (error instanceof CliError) return error.exitCode;
  return error instanceof ConfigError ? 2 : 1;
}
