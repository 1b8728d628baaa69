import type { Plugin, StandardSchemaV1 } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { pluginDeadline, withDeadline } from './deadline.ts';
import { remedy } from './find-plugin.ts';
import type { LoadedPlugin } from './import-plugin.ts';

/**
 * What a plugin's own schema says of its options.
 *
 * @param timeout In ms.
 * @throws SLUICE_PLUGIN_INVALID where the schema fails, does not answer in time, or answers something
 * that is no result of a Standard Schema.
 */
export async function validateOptions(
  plugin: Plugin,
  { package: packageName, version, origin, root }: Omit<LoadedPlugin, 'plugin'>,
  input: unknown,
  timeout: number = pluginDeadline,
): Promise<StandardSchemaV1.Result<unknown>> {
  const invalid = (what: string, cause?: unknown): SluiceError =>
    new SluiceError(
      'SLUICE_PLUGIN_INVALID',
      `The ${plugin.kind} plugin \`${plugin.name}\` (${`${packageName} ${version}`.trim()}) ${what}.`,
      { hint: remedy(origin, packageName, root), cause },
    );
  const asked = Promise.resolve()
    .then(() => plugin.options['~standard'].validate(input))
    .catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      throw invalid(`failed while it checked its options: ${message}`, error);
    });
  const late = () => invalid(`did not say within ${timeout / 1000} s whether its options are right`);
  const result: unknown = await withDeadline(asked, timeout, late);
  if (isResult(result)) return result;
  throw invalid('has an `options` schema whose answer is no result of a Standard Schema');
}

function isResult(value: unknown): value is StandardSchemaV1.Result<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const issues = 'issues' in value ? value.issues : undefined;
  if (issues === undefined) return 'value' in value;
  return (
    Array.isArray(issues) &&
    issues.length > 0 &&
    issues.every(
      (issue) =>
        typeof issue === 'object' &&
        issue !== null &&
        'message' in issue &&
        typeof issue.message === 'string' &&
        (!('path' in issue) || issue.path === undefined || Array.isArray(issue.path)),
    )
  );
}
