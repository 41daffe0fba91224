/** Where a CPU profile of V8 says that the time went. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The part of a `.cpuprofile` that is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions of all profiles in a folder that used most time by themselves, one a line. */
export function hottest(folder: string, count: number): string[] {
  const times = new Map<string, number>();
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.cpuprofile')) add(times, readProfile(join(folder, name)));
  }
  // Time in which it had nothing to do is not a cost.
  times.delete('(idle)');
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([place, time]) => `${((time * 100) / total).toFixed(1).padStart(5)} %  ${place}`);
}

/** How much CPU each kind of thread used, most first, one a line: a profile sees the main thread alone. */
export function threadLines(threads: ReadonlyMap<string, number>): string[] {
  const total = [...threads.values()].reduce((sum, ms) => sum + ms, 0);
  return [...threads]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => {
      const share = ((ms * 100) / total).toFixed(1).padStart(5);
      return `${share} %  ${(ms / 1000).toFixed(2).padStart(6)} s  thread ${name}`;
    });
}

function readProfile(path: string): Profile {
  return JSON.parse(readFileSync(path, 'utf8')) as Profile;
}

function add(times: Map<string, number>, { nodes, samples, timeDeltas }: Profile): void {
  const places = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.replace(/^.*\/(?=(?:src|node_modules)\/)/, '');
      return [
        id,
        file === '' ? functionName : `${functionName || 'anonymous'} ${file}:${lineNumber + 1}`,
      ];
    }),
  );
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? 'unknown';
    times.set(place, (times.get(place) ?? 0) + (timeDeltas[index] ?? 0));
  }
}
