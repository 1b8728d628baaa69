import type { BindResult, IndexPlan } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import type { RunState } from './run-state.ts';
import type { Target } from './target.ts';

/** The plans of the configured indexes by name. Throws where one does not fit the catalog. */
export async function bindWanted({ options, observer }: RunState): Promise<ReadonlyMap<string, IndexPlan>> {
  const results = await options.documents.bind(options.indexes.map(({ schema }) => schema));
  if (results.some(({ plan }) => plan === null))
    throw (options.describeBinding ?? plainBindingError)(results);
  for (const { index, diagnostics } of results) {
    for (const { code, message, hint } of diagnostics) {
      observer.warning({ code, message, index, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return new Map(results.flatMap(({ index, plan }) => (plan === null ? [] : [[index, plan] as const])));
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
