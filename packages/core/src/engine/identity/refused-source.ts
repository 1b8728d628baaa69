import type { SourceState, StoredRecord } from '../../contracts/index.ts';
import type { SluiceError } from '../../errors/index.ts';
import { chooseGenerations } from '../generations/generation-choice.ts';
import { generationRecords } from '../generations/generation-record.ts';
import { generationHash } from '../generations/generations.ts';
import type { EngineIndex, EngineSink } from '../run/run-options.ts';
import { judgeIdentity, otherSourceError } from './source-identity.ts';

export interface RefusedSourceQuestion {
  readonly sink: EngineSink;
  /** What its record store lists. */
  readonly records: readonly StoredRecord[];
  readonly indexes: readonly EngineIndex[];
  readonly source: SourceState;
}

/**
 * What a run would refuse to start on because a generation in the sink was written from another
 * source: an error per index, code SLUICE_SOURCE_IDENTITY. Changes nothing.
 */
export function refusedSource({
  sink,
  records,
  indexes,
  source,
}: RefusedSourceQuestion): readonly SluiceError[] {
  const held = generationRecords(records);
  return indexes
    .filter(({ sinks }) => sinks.includes(sink.name))
    .flatMap((index) => {
      const name = index.schema.index;
      const { current, following } = chooseGenerations(
        held.filter((record) => record.index === name),
        generationHash(sink.sink, index),
      );
      const reasons = [...(current === null ? [] : [current]), ...following].flatMap((record) => {
        const judged = judgeIdentity({
          recorded: record.source,
          now: source,
          // One look cannot tell whether it lives.
          lease: record.lease === null ? 'free' : 'held',
        });
        return judged.verdict === 'refused' ? [judged.reason] : [];
      });
      const [reason] = reasons;
      return reason === undefined ? [] : [otherSourceError(name, sink.name, reason)];
    });
}
