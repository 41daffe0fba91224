import { pino } from 'pino';
import type { Logger } from '../base/logger.ts';
import type { LogFormat, LogLevel } from './config.ts';

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/** The process's log, on standard error. Lines are written at once: few are, and none may be lost. */
export function createLogger({ level, format }: LogOptions): Logger {
  const settings = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (format === 'text') {
    return pino(settings, { write: (line: string) => void process.stderr.write(asText(line)) });
  }
  return pino(settings, pino.destination({ dest: 2, sync: true }));
}

/** `2026-01-31T12:00:00.000Z info  logged in user=anna@example.org` */
function asText(line: string): string {
  const { time, level, msg, err, ...facts } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const words = Object.entries(facts).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return ` ${name}=${/[\s"]/.test(text) ? JSON.stringify(text) : text}`;
  });
  const trace = isError(err) ? `\n${err.stack}` : '';
  return `${String(time)} ${String(level).padEnd(5)} ${String(msg)}${words.join('')}${trace}\n`;
}

function isError(value: unknown): value is { readonly stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value;
}
