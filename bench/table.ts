/** The table of a benchmark: a row for each thing measured and each pair of settings that is compared. */
import type { Sample, Unit } from './bench.ts';
import { median, spread } from './statistics.ts';
import type { Setting } from './targets/target.ts';

export interface Row {
  readonly workload: string;
  readonly row: string;
  readonly unit: Unit;
  readonly ours: Cell | undefined;
  readonly theirs: Cell | undefined;
  /** How many times better ours is: above 1 is ahead, whatever the unit. */
  readonly ratio: number | undefined;
  /** What the load generator reached against a server that does nothing. */
  readonly ceiling: number | undefined;
}

export interface Cell {
  readonly value: number;
  readonly spread: number;
  readonly p99: number | undefined;
  readonly cpuMs: number | undefined;
  readonly loopP99Ms: number | undefined;
  readonly loopMaxMs: number | undefined;
}

/** Pairs that are compared, ours and theirs, and how the row says so. */
const pairs: readonly {
  readonly ours: Setting;
  readonly theirs: Setting;
  readonly note: string;
}[] = [
  { ours: 'usual', theirs: 'usual', note: '' },
  { ours: 'usual', theirs: 'strict', note: ' · theirs mail_fsync=always' },
  { ours: 'relaxed', theirs: 'usual', note: ' · ours sync=relaxed' },
];

/** Rows in the order in which they were measured first. */
export function rows(samples: readonly Sample[]): Row[] {
  const compared = samples.filter(({ setting }) => setting !== 'one' && setting !== 'two');
  const names = new Map(compared.map((sample) => [`${sample.workload}\n${sample.row}`, sample]));
  return [...names.values()].flatMap(({ workload, row, unit }) => {
    const of = (server: Sample['server'], setting: Setting): Cell | undefined =>
      cell(
        samples.filter(
          (one) =>
            one.workload === workload &&
            one.row === row &&
            one.server === server &&
            one.setting === setting,
        ),
      );
    return pairs.flatMap(({ ours: our, theirs: their, note }) => {
      const [ours, theirs] = [of('restante', our), of('dovecot', their)];
      const known = our === 'usual' ? theirs : ours;
      if (note !== '' && known === undefined) return [];
      const ceiling = note === '' ? of('nothing', 'usual')?.value : undefined;
      return [
        {
          workload,
          row: row + note,
          unit,
          ours,
          theirs,
          ratio: ratio(unit, ours?.value, theirs?.value),
          ceiling,
        },
      ];
    });
  });
}

function cell(samples: readonly Sample[]): Cell | undefined {
  if (samples.length === 0) return undefined;
  const values = samples.map(({ value }) => value);
  return {
    value: median(values),
    spread: spread(values),
    p99: middle(samples, 'p99'),
    cpuMs: middle(samples, 'cpuMs'),
    loopP99Ms: middle(samples, 'loopP99Ms'),
    loopMaxMs: middle(samples, 'loopMaxMs'),
  };
}

function middle(
  samples: readonly Sample[],
  field: 'p99' | 'cpuMs' | 'loopP99Ms' | 'loopMaxMs',
): number | undefined {
  const values = samples
    .flatMap((sample) => sample[field] ?? [])
    .filter((one) => !Number.isNaN(one));
  return values.length === 0 ? undefined : median(values);
}

/** How many times better the one is than the other. */
function ratio(unit: Unit, one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return undefined;
  const higherIsBetter = unit === '/s' || unit === 'MB/s';
  return higherIsBetter ? one / other : other / one;
}

/** What was measured of our server with one process and with two. */
export interface Scaling {
  readonly row: string;
  readonly unit: Unit;
  readonly one: Cell;
  readonly two: Cell;
  /** How many times better two are: above 1 is better, whatever the unit. */
  readonly ratio: number;
}

export function scaling(samples: readonly Sample[]): Scaling[] {
  const found = Map.groupBy(
    samples.filter(({ setting }) => setting === 'one' || setting === 'two'),
    ({ row }) => row,
  );
  return [...found].flatMap(([row, list]) => {
    const of = (setting: Setting): Cell | undefined =>
      cell(list.filter((sample) => sample.setting === setting));
    const [one, two, unit] = [of('one'), of('two'), list[0]?.unit ?? 'ms'];
    const better = ratio(unit, two?.value, one?.value);
    if (one === undefined || two === undefined || better === undefined) return [];
    return [{ row, unit, one, two, ratio: better }];
  });
}

const heads = [
  'what',
  'unit',
  'restante',
  '±',
  'dovecot',
  '±',
  'ratio',
  'p99 ours / theirs, ms',
  'CPU per operation ours / theirs, ms',
  'loop p99 / max, ms',
  'nothing',
];

/** The table as Markdown that reads well as plain text too. */
export function markdown(list: readonly Row[]): string {
  const cells = list.map((row) => [
    row.row,
    row.unit,
    number(row.ours?.value),
    share(row.ours),
    number(row.theirs?.value),
    share(row.theirs),
    row.ratio === undefined ? '' : `${number(row.ratio)}${marks(row)}`,
    both(row.ours?.p99, row.theirs?.p99),
    both(row.ours?.cpuMs, row.theirs?.cpuMs),
    both(row.ours?.loopP99Ms, row.ours?.loopMaxMs),
    number(row.ceiling),
  ]);
  return grid(heads, cells);
}

/** `!`: theirs is better. `~`: more than half of what was measured is the load generator. */
function marks({ unit, ours, theirs, ratio: better, ceiling }: Row): string {
  const share = (is: Cell | undefined): number => 1 / (ratio(unit, ceiling, is?.value) ?? Infinity);
  const near = Math.max(share(ours), share(theirs)) > 0.5;
  return `${better !== undefined && better < 1 ? ' !' : ''}${near ? ' ~' : ''}`;
}

const scalingHeads = [
  'what',
  'unit',
  'one process',
  '±',
  'two processes',
  '±',
  'ratio',
  'p99 one / two, ms',
  'CPU per operation one / two, ms',
];

/** The same for one process and two. */
export function scalingMarkdown(list: readonly Scaling[]): string {
  const cells = list.map(({ row, unit, one, two, ratio: better }) => [
    row,
    unit,
    number(one.value),
    share(one),
    number(two.value),
    share(two),
    number(better),
    both(one.p99, two.p99),
    both(one.cpuMs, two.cpuMs),
  ]);
  return grid(scalingHeads, cells);
}

/** Two columns of words, then numbers. */
function grid(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) =>
    Math.max(text.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, n) => (n < 2 ? text.padEnd(widths[n] ?? 0) : text.padStart(widths[n] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, n) => '-'.repeat(width + 1) + (n < 2 ? '-' : ':')).join('|')}|`;
  return [line(head), rule, ...cells.map(line)].join('\n');
}

function both(left: number | undefined, right: number | undefined): string {
  if (left === undefined && right === undefined) return '';
  return `${number(left) || '–'} / ${number(right) || '–'}`;
}

function share(of: Cell | undefined): string {
  return of === undefined ? '' : `${Math.round(of.spread * 50)} %`;
}

/** Three digits that count. */
export function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  if (Math.abs(value) >= 10) return value.toFixed(1);
  return Math.abs(value) >= 1 ? value.toFixed(2) : value.toPrecision(2);
}
