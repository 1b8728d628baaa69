import type { BindResult, IndexPlan } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import type { RunState } from './run-state.ts';
import type { Target } from './target.ts';

/**
 * The plans of the configured indexes by name. At the start of a run one that does not fit the
 * catalog is an error; later it stops that index alone, unless none is left.
 */
export async function bindWanted(run: RunState): Promise<ReadonlyMap<string, IndexPlan>> {
  const { options, observer, stopped, wasLive } = run;
  const results = await options.documents.bind(options.indexes.map(({ schema }) => schema));
  const unfit = results.filter(({ plan }) => plan === null);
  const describe = options.describeBinding ?? plainBindingError;
  if (unfit.length > 0 && (!wasLive || unfit.length === results.length)) throw describe(results);
  for (const result of unfit) {
    const error = driftError(result);
    stopped.set(result.index, { index: result.index, error });
    observer.warning({
      code: error.code,
      message: `index "${result.index}" stopped, others go on: ${error.message}`,
      index: result.index,
    });
  }
  for (const { index, diagnostics } of wasLive ? [] : results) {
    for (const { code, message, hint } of diagnostics) {
      observer.warning({ code, message, index, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return new Map(results.flatMap(({ index, plan }) => (plan === null ? [] : [[index, plan] as const])));
}

/** A table changed under an index that fitted it before. */
export function driftError(result: BindResult): SluiceError {
  const hint = 'Bring the schema file and the table together again, and start Sluice again.';
  return new SluiceError('SLUICE_SOURCE_DRIFT', plainBindingError([result]).message, { hint });
}

/** The plans of former generations by id. One that no longer fits the tables is frozen, and said to be. */
export async function bindFormer(
  { options, observer }: RunState,
  targets: readonly Target[],
): Promise<ReadonlyMap<string, IndexPlan>> {
  const former = targets.filter(({ wanted }) => !wanted);
  if (former.length === 0) return new Map();
  const results = await options.documents.bind(former.map(({ generation }) => generation.schema));
  return new Map(
    former.flatMap((target, position) => {
      const plan = results[position]?.plan ?? null;
      if (plan !== null) return [[target.id, plan] as const];
      observer.warning({
        code: 'SLUICE_SOURCE_DRIFT',
        message: `the generation ${target.id} no longer fits the tables: it stays as it is until the new one takes over`,
        index: target.generation.index,
      });
      return [];
    }),
  );
}

/** What does not fit, without places in files. */
export function plainBindingError(results: readonly BindResult[]): SluiceError {
  const errors = results.flatMap(({ index, diagnostics }) =>
    diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => `${index}: ${message}`),
  );
  return new SluiceError('SLUICE_SCHEMA_CATALOG', errors.join('\n'));
}
