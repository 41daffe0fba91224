import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { discover } from '../app/import/discover.ts';
import { importMail } from '../app/import/import.ts';
import { mboxFormats, type MboxFormat } from '../app/import/mbox.ts';
import { Tally, type ImportReport } from '../app/import/report.ts';
import type { SourceMailbox } from '../app/import/source.ts';
import { createLogger } from '../app/log.ts';
import { openStore } from '../app/open-store.ts';
import type { Limits } from '../base/limits.ts';
import { mailboxName, refusalToCreate, type MailboxName } from '../model/mailbox-name.ts';
import { StoreError } from '../store/store-error.ts';
import { CliError } from './cli-error.ts';
import { addSettings, configuration } from './configuration.ts';
import { importProgress } from './import-progress.ts';
import { reportText } from './import-report.ts';

type Options = Record<string, string> & {
  readonly mboxFormat: MboxFormat;
  readonly dryRun?: boolean;
};

/**
 * `restante import`: mail from files into an account, while the server runs or not. Exit code 1 when
 * something was not imported.
 */
export function importCommand(): Command {
  const command = new Command('import')
    .description(
      'bring .eml files, mbox files and Maildir trees into an account; a message that a mailbox has ' +
        'already is never imported again, so one that was stopped is simply started once more',
    )
    .argument('<ACCOUNT>', 'address of the account')
    .argument('<PATH...>', 'files and folders')
    .option('--mailbox <NAME>', 'put everything here, folders of a tree below it (default: INBOX)')
    .addOption(
      new Option('--mbox-format <FORMAT>', 'how mbox files are written')
        .choices(mboxFormats)
        .default('auto'),
    )
    .option('--dry-run', 'look at everything and change nothing');
  return addSettings(command, ['store', 'limits']).action(
    async (account: string, paths: string[], options: Options) => {
      using interruption = onInterrupt();
      const started = performance.now();
      const report = await run({ account, paths, options }, interruption.signal);
      const seconds = (performance.now() - started) / 1000;
      process.stdout.write(reportText(report, { seconds, dryRun: options.dryRun === true }));
      if (report.failed > 0 || report.interrupted) process.exitCode = 1;
    },
  );
}

interface Call {
  readonly account: string;
  readonly paths: readonly string[];
  readonly options: Options;
}

async function run({ account, paths, options }: Call, signal: AbortSignal): Promise<ImportReport> {
  const config = configuration(options);
  const { limits } = config;
  const { directory } = config.store;
  const top = topMailbox(options, limits);
  if (!existsSync(directory)) {
    throw new CliError(
      `there is no store at sqlite:${directory}: name yours by --store or RESTANTE_STORE`,
    );
  }
  const logger = createLogger({ level: 'warn', format: 'text' });
  await using store = await openStore(config.store, {
    limits,
    quota: config.quota.limits,
    sync: config.sync,
    logger,
  });
  const record = await store.directory.find(account);
  if (record === undefined) {
    throw new CliError(`${account}: there is no such account; see "restante user list"`);
  }
  const tally = new Tally();
  const dryRun = options.dryRun === true;
  try {
    const sources = await find(paths, { options, tally, signal });
    const total = sources.reduce((sum, { count }) => sum + count, 0);
    await using mail = await store.open(record.id);
    using progress = importProgress(process.stderr, total);
    const onProgress = (done: number): void => progress.update(done);
    return await importMail({
      account: mail,
      limits,
      sources,
      top,
      dryRun,
      tally,
      signal,
      onProgress,
    });
  } catch (error) {
    if (error instanceof StoreError) throw explained(error, tally);
    // What the signal broke off was looking, not storing.
    if (!signal.aborted || error !== signal.reason) throw error;
    tally.interrupted = true;
    return tally.report();
  }
}

function topMailbox({ mailbox }: Options, limits: Limits): MailboxName | undefined {
  if (mailbox === undefined) return undefined;
  const name = mailboxName(mailbox);
  const refusal = refusalToCreate(name, limits);
  if (refusal !== undefined) throw new CliError(`--mailbox "${mailbox}": ${refusal}`, 2);
  return name;
}

interface Finding {
  readonly options: Options;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

async function find(
  paths: readonly string[],
  { options, tally, signal }: Finding,
): Promise<readonly SourceMailbox[]> {
  try {
    return await discover(paths, { mboxFormat: options.mboxFormat, note: tally.note, signal });
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined || path === undefined) throw error;
    throw new CliError(`${path}: it cannot be read (${code})`, 2, { cause: error });
  }
}

function explained(error: StoreError, { imported }: Tally): CliError {
  const so = `${imported} messages were imported before; run the same command again and it goes on from there`;
  const texts: Partial<Record<StoreError['code'], string>> = {
    full: 'no space is left where the store is: make room',
    unavailable: `the store cannot be used now (${error.message})`,
  };
  return new CliError(`${texts[error.code] ?? error.message}; ${so}`, 1, { cause: error });
}

/** The first signal ends the import after the messages under way, the second at once. */
function onInterrupt(): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const listener = (): void => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
    process.stderr.write('\nrestante: stopping after the messages under way\n');
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    },
  };
}
