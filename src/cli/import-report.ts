import { oddityTexts, type ImportReport } from '../app/import/report.ts';

/** The end of an import in words. */
export function reportText(
  report: ImportReport,
  { seconds, dryRun }: { readonly seconds: number; readonly dryRun: boolean },
): string {
  const { imported, stored, repeated, failed, created, interrupted, oddities } = report;
  const rate = seconds > 0 ? Math.round(imported / seconds) : imported;
  const lines = [
    dryRun
      ? `${messages(imported)} would be imported (${size(report.bytes)})`
      : `${messages(imported)} imported (${size(report.bytes)}) in ${seconds.toFixed(1)} s, ${rate}/s`,
  ];
  if (stored > 0) lines.push(`${messages(stored)} there already`);
  if (repeated > 0) lines.push(`${messages(repeated)} more than once in the source, imported once`);
  if (failed > 0) lines.push(`${messages(failed)} NOT imported`);
  if (created.length > 0)
    lines.push(`mailboxes ${dryRun ? 'to make' : 'made'}: ${created.join(', ')}`);
  for (const [oddity, { count, examples }] of oddities) {
    lines.push(`odd: ${count} ${oddityTexts[oddity]}`);
    for (const example of examples) lines.push(`  ${printable(example)}`);
    if (count > examples.length) lines.push(`  and ${count - examples.length} more`);
  }
  if (interrupted)
    lines.push('stopped before the end: run the same command again and it goes on from here');
  return lines.map((line) => `${line}\n`).join('');
}

function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Names of files may hold what would steer the terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
