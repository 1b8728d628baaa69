import { diagnosticsError } from '../config/index.ts';
import { isSluiceError } from '../errors/index.ts';
import type { ReferencePlaces } from '../plugins/index.ts';

/**
 * All results, once every promise has settled. Of several failures, those with places in the user's
 * files become one error that shows them all; any other failure is thrown alone.
 */
export async function allOrErrors<const Results extends readonly unknown[]>(
  promises: { readonly [Key in keyof Results]: Promise<Results[Key]> },
  places: ReferencePlaces | undefined,
): Promise<Results>;
export async function allOrErrors(
  promises: readonly Promise<unknown>[],
  places: ReferencePlaces | undefined,
): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(promises);
  const failures = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length === 0) return Promise.all(promises);

  const diagnostics = failures.map((failure) => (isSluiceError(failure) ? (failure.diagnostics ?? []) : []));
  const alone = failures.find((_, position) => diagnostics[position]?.length === 0);
  if (failures.length === 1 || alone !== undefined || places === undefined) throw alone ?? failures[0];
  throw diagnosticsError(diagnostics.flat(), places.texts, {
    redact: places.redactor.text,
    mask: places.redactor.mask,
  });
}
