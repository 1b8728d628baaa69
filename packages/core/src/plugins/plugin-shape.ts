import { PLUGIN_API, type Plugin, type PluginKind } from '../contracts/index.ts';

/** What is wrong with a module's default export as a plugin, and what would be right. */
export interface ShapeProblem {
  readonly message: string;
  readonly hint?: string;
}

/**
 * Checks by shape alone: a plugin may have been built against its own copy of everything. null where
 * it is a plugin of this kind and level.
 */
export function shapeProblem(kind: PluginKind, value: unknown): ShapeProblem | null {
  const hint = `Export it by default: { api: ${PLUGIN_API}, kind: '${kind}', name: '…', summary: '…', options: z.strictObject({ … }), create: async (context, options) => … }.`;
  if (typeof value !== 'object' || value === null) {
    const is = value === undefined ? 'has no default export' : 'exports no plugin object by default';
    return { message: `it ${is}`, hint };
  }
  const plugin: Partial<Record<keyof Plugin, unknown>> = value;
  if (typeof plugin.api === 'number' && plugin.api !== PLUGIN_API)
    return { message: levelProblem(plugin.api), hint: levelHint(plugin.api) };
  if (typeof plugin.kind === 'string' && plugin.kind !== kind)
    return { message: `it is a ${plugin.kind} plugin, and a ${kind} is needed` };
  const missing = [
    ...(plugin.api === PLUGIN_API ? [] : ['api']),
    ...(plugin.kind === kind ? [] : ['kind']),
    ...(['name', 'summary'] as const).filter((key) => typeof plugin[key] !== 'string'),
    ...(typeof plugin.create === 'function' ? [] : ['create']),
    ...(isStandardSchema(plugin.options) ? [] : ['options (a Standard Schema, such as a zod object)']),
  ];
  return missing.length === 0 ? null : { message: `its default export lacks ${missing.join(', ')}`, hint };
}

/** Why a plugin of another level cannot be used. */
export function levelProblem(api: unknown): string {
  return `it is made for level ${String(api)} of the plugin contracts; this version of Sluice has ${PLUGIN_API}`;
}

function levelHint(api: number): string {
  return api > PLUGIN_API
    ? 'Use a later version of Sluice, or an earlier one of the plugin.'
    : 'Use a version of the plugin that is made for this level.';
}

function isStandardSchema(value: unknown): boolean {
  // A schema may be a function, as arktype's are.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = '~standard' in value ? value['~standard'] : null;
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}
