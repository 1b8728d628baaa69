import {
  type BindResult,
  type CaptureRequirements,
  errorCatalogue,
  type FileDiagnostic,
  type IndexPlan,
  type SluiceError,
} from '@sluice/core';
import { diagnosticsError, formatDiagnostics, type LoadedConfig } from '@sluice/core/config';
import { mergeRequirements } from '@sluice/core/engine';
import type { Deployment } from './deployment.ts';

/** What a document builder found wrong between schemas and catalog, with its place in the user's files. */
export function bindingDiagnostics(
  config: LoadedConfig,
  results: readonly BindResult[],
): readonly FileDiagnostic[] {
  return results.flatMap(({ index, diagnostics }) =>
    diagnostics.map(({ severity, code, message, hint, path }) => ({
      severity,
      code: isKnown(code) ? code : 'SLUICE_SCHEMA_CATALOG',
      message,
      hint,
      location: config.locateIn(index, path),
    })),
  );
}

function isKnown(code: string): code is keyof typeof errorCatalogue {
  return code in errorCatalogue;
}

/** One error with every diagnostic and its frame. `results` must hold an error. */
export function bindingError(config: LoadedConfig, results: readonly BindResult[]): SluiceError {
  const { text: redact, mask } = config.redactor;
  return diagnosticsError(bindingDiagnostics(config, results), config.texts, { redact, mask });
}

/** The warnings among them, with frames; '' if there are none. */
export function renderWarnings(config: LoadedConfig, diagnostics: readonly FileDiagnostic[]): string {
  const { text: redact, mask } = config.redactor;
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
  return formatDiagnostics(warnings, config.texts, { redact, mask });
}

/** Every enabled index bound to the live catalog, and what that needs of the capture. */
export interface Binding {
  readonly plans: readonly IndexPlan[];
  readonly requirements: CaptureRequirements;
  readonly diagnostics: readonly FileDiagnostic[];
}

/** @throws one error with every diagnostic where a schema does not fit the catalog */
export async function bindAll({ config, documents }: Deployment<'documents'>): Promise<Binding> {
  const schemas = config.indexes.filter(({ enabled }) => enabled).map(({ schema }) => schema);
  const results = await documents.bind(schemas);
  if (results.some(({ plan }) => plan === null)) throw bindingError(config, results);
  const plans = results.flatMap(({ plan }) => (plan === null ? [] : [plan]));
  const requirements = mergeRequirements(plans.flatMap(({ tables }) => tables));
  return { plans, requirements, diagnostics: bindingDiagnostics(config, results) };
}
