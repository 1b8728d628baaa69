import type { Mechanism } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { sourceFootprint } from '../e2e/harness/source-footprint.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { keepEvidence, keepTimeline } from './evidence.ts';
import { planFaults } from './faults/plan.ts';
import { runFaults, untilLive } from './faults/schedule.ts';
import { Fleet } from './fleet.ts';
import { startFront } from './front.ts';
import { startBeatsReader } from './observe/beats-reader.ts';
import { inStep } from './observe/in-step.ts';
import { sampleMemory } from './observe/memory.ts';
import { nothingLeft } from './observe/nothing-left.ts';
import { verified } from './observe/verified.ts';
import { randomOf } from './random.ts';
import type { SoakServers } from './servers.ts';
import type { Stage } from './stage.ts';
import { Timeline } from './timeline.ts';
import { Journal } from './workload/journal.ts';
import { startWriters } from './workload/writers.ts';
import { watchedIds } from './world/shop.ts';
import { worldOf } from './world/world.ts';

export interface RoundOptions {
  readonly seed: number;
  readonly capture: Mechanism;
  readonly servers: SoakServers;
  /** How long it is written and things go wrong. */
  readonly faultsForMs: number;
  /** Where a failure leaves what is known about it. */
  readonly evidence: string;
  /** Only these kinds of faults; default: all. */
  readonly only?: readonly string[];
}

export interface RoundResult {
  readonly seed: number;
  readonly capture: Mechanism;
  readonly areas: readonly string[];
  /** Transactions that were committed. */
  readonly transactions: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Documents compared at the end. */
  readonly documents: number;
  /** From the last fault to the last document. */
  readonly settledMs: number;
  readonly maxRssMiB: number;
  /** Looks at documents that must not become older. */
  readonly looks: number;
  /** What is wrong; empty where every promise was kept. */
  readonly problems: readonly string[];
}

/** Resident memory of one process, whatever it is about. Its heap is limited to 256 MiB. */
const mostRssMiB = 512;

/** How long a round waits for the first fill, where it does. */
const startMs = 90_000;

/** One database from its first row to its last, with everything that the seed has in store for it. */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { seed, capture, servers, faultsForMs } = options;
  const world = worldOf(seed);
  const plan = planFaults(seed, capture, faultsForMs, options.only);
  const timeline = new Timeline();
  const journal = new Journal();
  timeline.say(`seed ${seed}, ${capture}, ${world.areas.join(', ')}`);

  await using site = await Deployment.create({
    tables: world.tables,
    indexes: world.indexes,
    capture,
    servers: { postgres: servers.postgres.url, opensearch: servers.opensearch.url },
  });
  const before = await sourceFootprint(site.database);
  await using front = await startFront(site.search.url, randomOf(seed, 'answers'));
  await using toOpenSearch = await startProxy(front.url);
  await using toPostgres = await startProxy(site.database.url);
  site.environment['DATABASE_URL'] = toPostgres.through(site.database.url);
  site.environment['OPENSEARCH_URL'] = toOpenSearch.through(site.search.url);
  await using fleet = new Fleet(site, timeline);

  const reader = startBeatsReader({
    url: site.search.url,
    aliases: ['customers', 'orders'].map((index) => `${site.search.prefix}${index}`),
    ids: watchedIds,
  });
  const memory = sampleMemory(fleet);
  const writers = startWriters({ seed, url: site.database.url, world, writers: 4, paceMs: 8, journal });
  const ending = new AbortController();
  const problems: string[] = [];
  const stage: Stage = {
    ...servers,
    capture,
    world,
    site,
    toPostgres,
    toOpenSearch,
    front,
    fleet,
    writers,
    timeline,
    forgetWhatWasSeen: reader.forget,
    found: (problem) => {
      timeline.say(problem);
      problems.push(problem);
    },
    while: (ms) => waiting(ms, ending.signal),
    ended: ending.signal,
  };

  fleet.start();
  // In the other rounds things go wrong from the beginning, and while the indexes are filled.
  if (randomOf(seed, 'start').chance(70)) await untilLive(stage, startMs);
  timeline.say('faults begin');
  const faults = runFaults(plan, stage);
  await waiting(faultsForMs, ending.signal);
  timeline.say('writers stop, faults end');
  ending.abort();
  await faults;
  const leftOver = await writers.stop();
  timeline.say(`quiet: ${writers.committed} transactions, ${leftOver} prepared ones had lost their writer`);

  const quietAt = performance.now();
  const { documents, differences } = await inStep(site, fleet, capture);
  problems.push(...differences);
  const settledMs = Math.round(performance.now() - quietAt);
  timeline.say(differences.length === 0 ? `in step: ${documents} documents` : 'not in step');
  if (differences.length === 0) problems.push(...(await verified(site, documents)));
  await reader.stop();
  await memory.stop();
  const maxRssMiB = Math.round(memory.maxBytes / 2 ** 20);
  problems.push(...reader.steps.map((step) => `went back: ${step}`));
  problems.push(...writers.complaints.map((complaint) => `the application was told: ${complaint}`));
  if (maxRssMiB > mostRssMiB) problems.push(`${maxRssMiB} MiB were resident, more than ${mostRssMiB}`);
  if (problems.length === 0) problems.push(...(await nothingLeft(site, fleet, before)));
  problems.push(
    ...fleet.departures.map(
      ({ number, code, lastWords }) => `process ${number} ended with ${code}: ${lastWords}`,
    ),
  );
  timeline.say(problems.length === 0 ? 'passed' : 'failed');
  await keepTimeline(options, timeline);
  if (problems.length > 0) await keepEvidence({ ...options, site, plan, timeline, journal, fleet, problems });
  return {
    seed,
    capture,
    areas: world.areas,
    transactions: writers.committed,
    faults: timeline.counts,
    documents,
    settledMs,
    maxRssMiB,
    looks: reader.looks,
    problems,
  };
}

/** Ends early where the signal is raised, and is no error then. */
async function waiting(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
