import { SluiceError } from '@sluice/core';
import { type LoadedConfig, suggestionHint } from '@sluice/core/config';
import type { RunSink } from '@sluice/core/container';

/**
 * The sinks of an index that keep its generations, each with its records.
 *
 * @throws SLUICE_USAGE where the configuration has no such index, or it is disabled;
 * SLUICE_GENERATIONS_UNSUPPORTED where none of its sinks keeps generations
 */
export function sinksOf(
  { indexes }: LoadedConfig,
  sinks: readonly RunSink[],
  name: string,
): readonly (RunSink & { readonly records: NonNullable<RunSink['sink']['records']> })[] {
  const index = indexes.find((each) => each.name === name);
  if (index === undefined) {
    throw new SluiceError('SLUICE_USAGE', `The configuration has no index "${name}".`, {
      hint: suggestionHint(
        name,
        indexes.map((each) => each.name),
      ),
    });
  }
  if (!index.enabled) {
    throw new SluiceError('SLUICE_USAGE', `Index "${name}" is disabled.`, {
      hint: 'Nobody keeps it in step. Set `enabled: true` and start `sluice run` first.',
    });
  }
  const able = sinks
    .filter((each) => index.sinks.includes(each.name))
    .flatMap((each) => {
      const { records, generations } = each.sink;
      return records === undefined || generations === undefined ? [] : [{ ...each, records }];
    });
  if (able.length > 0) return able;
  throw new SluiceError(
    'SLUICE_GENERATIONS_UNSUPPORTED',
    `No sink of index "${name}" keeps generations: ${index.sinks.join(', ')}.`,
    { hint: 'To send all rows again to a sink without records, start `sluice run --backfill`.' },
  );
}
