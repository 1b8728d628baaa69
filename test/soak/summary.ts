import type { Mechanism } from '../e2e/harness/captures.ts';
import type { RoundResult } from './round.ts';
import type { SoakServers } from './servers.ts';

/** One line about a round. */
export function roundLine(number: number, result: RoundResult): string {
  const { seed, capture, areas, transactions, faults, documents, settledMs, maxRssMiB, looks, problems } =
    result;
  const kinds = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
  const outcome = problems.length === 0 ? 'passed' : `FAILED: ${problems[0]?.slice(0, 300)}`;
  return [
    `round ${number}`,
    `seed ${seed}`,
    capture,
    areas.join(' + '),
    `${transactions} transactions`,
    `faults: ${kinds.join(', ') || 'none'}`,
    `${documents} documents compared`,
    `settled in ${settledMs} ms`,
    `${looks} looks`,
    `${maxRssMiB} MiB`,
    outcome,
  ].join(' | ');
}

export interface SoakRun {
  readonly capture: Mechanism;
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  readonly servers: SoakServers;
  readonly results: readonly RoundResult[];
}

/** What a whole run comes to. */
export function summaryOf({ capture, seed, began, ended, servers, results }: SoakRun): object {
  const faults: Record<string, number> = {};
  for (const round of results) {
    for (const [kind, count] of Object.entries(round.faults)) faults[kind] = (faults[kind] ?? 0) + count;
  }
  const sum = (of: (result: RoundResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    capture,
    seed,
    postgres: servers.postgres.version,
    opensearch: servers.opensearch.version,
    began: new Date(began).toISOString(),
    minutes: Math.round((ended - began) / 6_000) / 10,
    rounds: results.length,
    failed: results.filter(({ problems }) => problems.length > 0).length,
    transactions: sum(({ transactions }) => transactions),
    documents: sum(({ documents }) => documents),
    looks: sum(({ looks }) => looks),
    faults: sum((result) => Object.values(result.faults).reduce((total, count) => total + count, 0)),
    faultsByKind: Object.fromEntries(Object.entries(faults).sort(([a], [b]) => a.localeCompare(b))),
    maxRssMiB: Math.max(0, ...results.map(({ maxRssMiB }) => maxRssMiB)),
    results,
  };
}
