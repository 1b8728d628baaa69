import { contentHash } from '../canonical-json.ts';
import type { BindResult, IndexPlan, IndexSchema } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { schemaContent } from '../schema-content.ts';
import type { RunState } from './run/run-state.ts';

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

/** How a stored generation fits the tables as they are: with its plan, or with the reason why not. */
export type Fit = { readonly plan: IndexPlan } | { readonly plan: null; readonly reason: string };

/** Names a schema by what it says. */
function contentOf(schema: IndexSchema): string {
  return contentHash([schema.index, schemaContent(schema)]);
}

/**
 * How schemas of stored generations fit. One that says what the configuration says has its plan; each of
 * the others is bound once.
 */
export async function bindStored(
  { options }: RunState,
  stored: readonly IndexSchema[],
  wanted: ReadonlyMap<string, IndexPlan>,
): Promise<(schema: IndexSchema) => Fit | null> {
  const fits = new Map<string, Fit>();
  for (const plan of wanted.values()) fits.set(contentOf(plan.schema), { plan });
  const others = new Map(stored.map((schema) => [contentOf(schema), schema]));
  for (const content of fits.keys()) others.delete(content);
  const results = others.size === 0 ? [] : await options.documents.bind([...others.values()]);
  for (const [position, content] of [...others.keys()].entries()) {
    const result = results[position];
    if (result === undefined) continue;
    const { plan } = result;
    fits.set(content, plan === null ? { plan, reason: plainBindingError([result]).message } : { plan });
  }
  return (schema) => fits.get(contentOf(schema)) ?? null;
}

/** What does not fit, without places in files. */
export function plainBindingError(results: readonly BindResult[]): SluiceError {
  const errors = results.flatMap(({ index, diagnostics }) =>
    diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => `${index}: ${message}`),
  );
  return new SluiceError('SLUICE_SCHEMA_CATALOG', errors.join('\n'));
}
