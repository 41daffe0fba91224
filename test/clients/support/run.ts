import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Kills the program after this time. */
  readonly timeoutMs?: number;
  /** Accept any exit code. */
  readonly anyCode?: boolean;
}

/** Runs a program to its end and gives what it wrote to standard output; throws with everything it said when it fails. */
export async function run(
  program: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const child = spawn(program, words, {
    stdio: 'pipe',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.environment },
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(data));
  child.stderr.on('data', (data: Buffer) => errors.push(data));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const text = Buffer.concat(output).toString();
  if (code !== 0 && options.anyCode !== true) {
    throw new Error(
      `${program} ${words.join(' ')} ended with ${code}\n${text}${Buffer.concat(errors).toString()}`,
    );
  }
  return text;
}
