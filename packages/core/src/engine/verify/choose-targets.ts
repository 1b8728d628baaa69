import type { IndexPlan, SourceState } from '../../contracts/index.ts';
import { isSluiceError, SluiceError } from '../../errors/index.ts';
import { driftError } from '../binding.ts';
import { chooseGenerations } from '../generations/generation-choice.ts';
import { type GenerationRecord, generationRecords } from '../generations/generation-record.ts';
import { generationHash } from '../generations/generations.ts';
import { judgeIdentity, otherSourceError } from '../identity/source-identity.ts';
import type { EngineIndex, EngineSink } from '../run/run-options.ts';
import { whyStopped } from './barrier-wait.ts';
import type { SkippedVerification, VerifyOptions } from './verify-options.ts';
import { VerifyTarget } from './verify-target.ts';

/** A generation to verify, and whether users search the right one. */
export interface ChosenTarget {
  readonly target: VerifyTarget;
  /** Why users do not search what they should; null: they do, or it is not about that. */
  readonly alias: string | null;
  /** The physical index is there. */
  readonly exists: boolean;
  readonly notes: readonly string[];
}

export interface ChosenTargets {
  readonly chosen: readonly ChosenTarget[];
  readonly skipped: readonly SkippedVerification[];
}

/**
 * What is there to verify: of each index and sink the generation that users search, or those asked for.
 *
 * @throws SLUICE_INDEX_INCOMPLETE where there is nothing complete, SLUICE_SOURCE_IDENTITY where it was
 * filled from another source, SLUICE_USAGE where nothing can be verified at all
 */
export async function chooseTargets(options: VerifyOptions): Promise<ChosenTargets> {
  const held = new Map<EngineSink, readonly GenerationRecord[]>();
  const away = new Map<EngineSink, string>();
  for (const sink of options.sinks) {
    if (cannot(sink) !== null || !options.indexes.some((index) => index.sinks.includes(sink.name))) continue;
    try {
      held.set(sink, generationRecords((await sink.sink.records?.list()) ?? []));
    } catch (error) {
      if (sink.required || !isSluiceError(error, 'SLUICE_SINK_UNAVAILABLE')) throw error;
      away.set(sink, `the optional sink does not answer: ${error.message}`);
    }
  }
  // After the records: none of them may be ahead of it.
  const source = await options.documents.source();
  const chosen: ChosenTarget[] = [];
  const skipped: SkippedVerification[] = [];
  for (const index of options.indexes) {
    for (const sink of options.sinks.filter(({ name }) => index.sinks.includes(name))) {
      const reason = cannot(sink) ?? away.get(sink) ?? null;
      if (reason !== null) skipped.push({ index: index.schema.index, sink: sink.name, reason });
      else chosen.push(...(await chooseIndex(index, sink, held.get(sink) ?? [], source, options)));
    }
  }
  if (chosen.length === 0) {
    const reasons = skipped.map(({ index, sink, reason }) => `index "${index}" in sink "${sink}": ${reason}`);
    throw new SluiceError('SLUICE_USAGE', `There is nothing that can be verified.\n${reasons.join('\n')}`, {
      hint: 'A sink can be verified that keeps records and gives back what it holds, such as `opensearch` without an ingest pipeline.',
    });
  }
  return { chosen, skipped };
}

/** Why documents in this sink cannot be compared; null where they can. */
function cannot({ sink }: EngineSink): string | null {
  if (sink.records === undefined) return 'the sink keeps no record of what it holds';
  if (sink.reader?.read === undefined) return 'the sink does not give documents back as they were written';
  return null;
}

async function chooseIndex(
  index: EngineIndex,
  sink: EngineSink,
  held: readonly GenerationRecord[],
  source: SourceState,
  options: VerifyOptions,
): Promise<readonly ChosenTarget[]> {
  const { generations } = options;
  const name = index.schema.index;
  const ofIndex = held.filter((record) => record.index === name);
  const promoted = (await sink.sink.generations?.promoted(name)) ?? null;
  const isPromoted = ({ hash, number }: GenerationRecord) =>
    promoted !== null && promoted.hash === hash && promoted.number === number;
  const complete = ofIndex.filter(({ seeded, dropping }) => seeded && dropping !== true);
  const { current } = chooseGenerations(complete, generationHash(sink.sink, index));
  const newest = complete.toSorted((a, b) => b.number - a.number)[0];
  const searched = complete.find(isPromoted) ?? current ?? newest;
  const wanted =
    typeof generations === 'number'
      ? complete.filter(({ number }) => number === generations)
      : generations === 'all'
        ? complete.filter(({ frozen }) => frozen == null)
        : complete.filter((record) => record === searched);
  if (wanted.length === 0) throw incomplete(name, sink.name, ofIndex, generations);
  const chosen: ChosenTarget[] = [];
  for (const record of wanted) {
    confirmSource(record, sink.name, source);
    const plan = await planOf(record, options);
    const target = new VerifyTarget({ index, sink, plan, promoted: isPromoted(record), record });
    const expectsAlias = record === searched && sink.sink.generations !== undefined && generations !== 'all';
    const exists = (await sink.sink.generations?.exists(target.generation)) ?? true;
    chosen.push({
      target,
      exists,
      alias: expectsAlias || generations === 'all' ? aliasProblem(record, searched, promoted, ofIndex) : null,
      notes: notesOf(record, index, sink, current),
    });
  }
  return chosen;
}

/** What users search must be a complete generation. */
function aliasProblem(
  record: GenerationRecord,
  searched: GenerationRecord | undefined,
  promoted: { readonly hash: string; readonly number: number } | null,
  ofIndex: readonly GenerationRecord[],
): string | null {
  if (record !== searched) return null;
  if (promoted === null)
    return `users find nothing under the name ${record.index}: it leads to no generation`;
  const known = ofIndex.find(({ hash, number }) => hash === promoted.hash && number === promoted.number);
  if (known?.seeded === true) return null;
  const what = known === undefined ? 'which Sluice knows nothing of' : 'which is not complete';
  return `users search generation ${promoted.number} (${promoted.hash}), ${what}`;
}

function notesOf(
  record: GenerationRecord,
  index: EngineIndex,
  sink: EngineSink,
  current: GenerationRecord | null,
): readonly string[] {
  const notes: string[] = [];
  if (record.hash !== generationHash(sink.sink, index) && current === null) {
    notes.push('the configuration wants another generation, which the next run builds');
  }
  const stopped = whyStopped(record);
  if (stopped !== null) notes.push(stopped);
  const reason = record.scan?.reason ?? record.requested?.reason ?? null;
  if (record.scan !== null || record.requested !== null) {
    notes.push(`it is to be reconciled${reason === null ? '' : `: ${reason}`}`);
  }
  return notes;
}

function confirmSource(record: GenerationRecord, sink: string, now: SourceState): void {
  const verdict = judgeIdentity({
    recorded: record.source,
    now,
    // Whoever writes beside us: nothing is taken over here.
    lease: 'free',
  });
  if (verdict.verdict === 'refused') throw otherSourceError(record.index, sink, verdict.reason);
  if (verdict.verdict === 'same') return;
  throw new SluiceError(
    'SLUICE_SOURCE_HISTORY_CHANGED',
    `index "${record.index}" in sink "${sink}" cannot be compared now: ${verdict.reason}`,
    { hint: '`sluice run` raises the epoch and reconciles the index. Verify afterwards.' },
  );
}

function incomplete(
  index: string,
  sink: string,
  records: readonly GenerationRecord[],
  generations: VerifyOptions['generations'],
): SluiceError {
  const where = `index "${index}" in sink "${sink}"`;
  const filling = records.find(({ seeded }) => !seeded);
  if (typeof generations === 'number' && filling?.number !== generations) {
    const numbers = records.map(({ number }) => number).toSorted((a, b) => a - b);
    return new SluiceError('SLUICE_INDEX_INCOMPLETE', `${where} has no generation ${generations}`, {
      hint: numbers.length === 0 ? 'It was never filled.' : `It has ${numbers.join(', ')}.`,
    });
  }
  if (filling === undefined) {
    return new SluiceError(
      'SLUICE_INDEX_INCOMPLETE',
      `${where} was never filled: there is nothing to compare`,
      {
        hint: '`sluice run` fills it.',
      },
    );
  }
  const { scan } = filling;
  const ranges = scan?.boundaries == null ? null : scan.boundaries.length + 1;
  const far =
    ranges === null ? 'it has not begun' : `${scan?.finished.length ?? 0} of ${ranges} ranges are done`;
  return new SluiceError('SLUICE_INDEX_INCOMPLETE', `${where} is still being filled: ${far}`, {
    hint: 'Verify when it is complete. Where nobody runs, `sluice run` goes on with it.',
  });
}

/** @throws SLUICE_SOURCE_DRIFT where the generation's schema no longer fits the tables */
async function planOf(record: GenerationRecord, { documents }: VerifyOptions): Promise<IndexPlan> {
  const [result] = await documents.bind([record.schema]);
  if (result === undefined) throw new Error('a builder gives one result for each schema');
  if (result.plan === null) throw driftError(result);
  return result.plan;
}
