import type { EngineIndex, EngineSink } from './run-options.ts';

/** An index with `on_reject: dead_letter`, and a sink of it that cannot keep dead letters. */
export interface MissingPlace {
  readonly index: string;
  readonly sink: string;
}

/** Where dead letters would have no place. Asks no server. */
export function missingDeadLetterPlaces(
  indexes: readonly Pick<EngineIndex, 'schema' | 'sinks' | 'onReject'>[],
  sinks: readonly Pick<EngineSink, 'name' | 'sink'>[],
): readonly MissingPlace[] {
  return indexes.flatMap(({ schema, onReject, sinks: chosen }) => {
    if (onReject !== 'dead_letter') return [];
    return sinks
      .filter(({ name, sink }) => chosen.includes(name) && sink.deadLetters === undefined)
      .map(({ name }) => ({ index: schema.index, sink: name }));
  });
}
