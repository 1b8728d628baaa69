import { type Generation, isSluiceError, type Sink, type SourceState } from '@sluice/core';
import {
  type GenerationStatus,
  generationRecords,
  generationStatus,
  impatient,
  judgeSafety,
} from '@sluice/core/engine';
import type { Deployment } from '../deployment.ts';
import { describeError, type ErrorDescription } from '../output/describe-error.ts';
import { type CaptureStatus, captureStatus, type DeploymentStatus } from './run-status.ts';

/** Whoever looks how it is does not wait for what does not answer, in ms. */
const patienceMs = 5_000;

/** What a command sees of a deployment, with a running process and without. */
export interface ReadStatus extends DeploymentStatus {
  readonly source: { readonly host: string; readonly database: string } | null;
  readonly sinks: readonly {
    readonly name: string;
    readonly required: boolean;
    readonly reachable: boolean;
  }[];
  /** Documents that were put aside; null where no sink has a place for them. */
  readonly deadLetters: number | null;
}

export interface StatusReading {
  readonly status: ReadStatus;
  /** What could not be asked, and is needed: exit code 3. */
  readonly problems: readonly ErrorDescription[];
}

/** Asks source and sinks. Changes nothing. */
export async function readStatus(
  deployment: Deployment<'capture' | 'documents' | 'sinks'>,
): Promise<StatusReading> {
  const { config } = deployment;
  const problems: ErrorDescription[] = [];
  const source = await asked(() => deployment.documents.source(), problems);
  const captures = source === null ? [] : await readCaptures(deployment, problems);
  const sinks = await Promise.all(deployment.sinks.map((sink) => readSink(deployment, sink)));
  for (const { name, required, failure } of sinks) {
    if (failure === null || !required) continue;
    const told = describeError(failure);
    problems.push({ ...told, message: `Sink "${name}": ${told.message}` });
  }
  const counts = sinks.flatMap(({ deadLetters }) => deadLetters ?? []);
  return {
    status: {
      source: source === null ? null : placeOf(source),
      captures,
      limits: config.source.limits,
      sinks: sinks.map(({ name, required, failure }) => ({ name, required, reachable: failure === null })),
      indexes: sinks.flatMap(({ generations }) => generations),
      deadLetters: counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0),
    },
    problems,
  };
}

function placeOf({ host, database }: SourceState): ReadStatus['source'] {
  return { host, database };
}

/** What the source has; of several captures to choose from those that were made. */
async function readCaptures(
  { capture: { allowed }, config }: Deployment<'capture'>,
  problems: ErrorDescription[],
): Promise<readonly CaptureStatus[]> {
  const found: CaptureStatus[] = [];
  for (const { plugin, capture } of allowed) {
    const health = await asked(async () => (await capture.health?.()) ?? null, problems);
    if (health === null) continue;
    const { level } = judgeSafety(health, config.source.limits, 'fine');
    found.push(captureStatus({ capture: plugin.name, health, level }));
  }
  const made = found.filter(({ state }) => state !== 'absent');
  return made.length > 0 ? made : found.slice(0, 1);
}

interface ReadSink {
  readonly name: string;
  readonly required: boolean;
  readonly failure: unknown;
  readonly generations: readonly GenerationStatus[];
  readonly deadLetters: number | null;
}

async function readSink(
  { config }: Deployment<'sinks'>,
  { name, required, sink: waited }: Deployment<'sinks'>['sinks'][number],
): Promise<ReadSink> {
  const sink = impatient(waited, 'it', patienceMs);
  const ours = new Set(config.indexes.filter(({ enabled }) => enabled).map((index) => index.name));
  try {
    const records = generationRecords((await sink.records?.list()) ?? []);
    const generations = records
      .filter(({ index }) => ours.has(index))
      .map((record) => generationStatus({ sink: name, required, record }))
      .toSorted((a, b) => a.index.localeCompare(b.index) || b.generation - a.generation);
    const deadLetters = await countDeadLetters(
      sink,
      records.filter(({ index }) => ours.has(index)),
    );
    return { name, required, failure: null, generations, deadLetters };
  } catch (failure) {
    if (!isSluiceError(failure)) throw failure;
    return { name, required, failure, generations: [], deadLetters: null };
  }
}

/** A status is no place to count millions. */
const mostCounted = 100_000;

/** null where the sink has no place for them. */
async function countDeadLetters(
  { deadLetters: store }: Sink,
  generations: readonly Generation[],
): Promise<number | null> {
  if (store === undefined) return null;
  let count = 0;
  for (const generation of generations) {
    for await (const page of store.list(generation, 1_000)) {
      count += page.length;
      if (count >= mostCounted) return count;
    }
  }
  return count;
}

async function asked<Answer>(
  ask: () => Promise<Answer>,
  problems: ErrorDescription[],
): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    problems.push(describeError(error));
    return null;
  }
}
