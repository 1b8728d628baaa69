import { isAbsolute, join, relative } from 'node:path';
import { z } from 'zod';
import { isMapping } from '../config/plain-data.ts';
import { PLUGIN_API, type PluginKind, type PluginManifest } from '../contracts/index.ts';
import { levelProblem } from './plugin-shape.ts';

/** Where a plugin came from, nearest first. */
export type PluginOrigin = 'path' | 'linked' | 'project' | 'installed' | 'bundled';

/** A package with a `sluice` key, found but not imported. */
export interface FoundPlugin {
  readonly package: string;
  readonly version: string;
  readonly origin: PluginOrigin;
  /** The package's directory, absolute. */
  readonly root: string;
  /** null where the manifest is not one. */
  readonly manifest: PluginManifest | null;
  /** Why it cannot be used; null where nothing is known against it before it is imported. */
  readonly problem: string | null;
}

export const pluginKinds = ['capture', 'documents', 'sink', 'queue'] as const satisfies readonly PluginKind[];

const manifestShape = z.object({
  api: z.int().min(1),
  kind: z.enum(pluginKinds),
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  entry: z.string().min(1),
  conformance: z.string().min(1).optional(),
  summary: z.string().optional(),
});

/** What each key of a manifest must be, for messages. */
const forms: Readonly<Record<string, string>> = {
  api: `a whole number: the level of the contracts, now ${PLUGIN_API}`,
  kind: `one of ${pluginKinds.join(', ')}`,
  name: 'a short name of lower-case letters, digits and hyphens',
  entry: 'the path of the module that exports the plugin, such as "./dist/index.js"',
  conformance: 'the path of the module that exports the conformance driver, such as "./dist/conformance.js"',
  summary: 'text',
};

/**
 * Reads the plugin that a package.json declares; null where it declares none. Runs no code of the
 * package. The declaration is a `PluginManifest` under the key `sluice`:
 *
 * ```json
 * { "sluice": { "api": 1, "kind": "sink", "name": "kafka", "entry": "./dist/index.js" } }
 * ```
 */
export function readManifest(text: string, root: string, origin: PluginOrigin): FoundPlugin | null {
  const json = parseJson(text);
  if (!isMapping(json) || !Object.hasOwn(json, 'sluice')) return null;
  const declared = json['sluice'];
  const common = {
    package: typeof json['name'] === 'string' ? json['name'] : root,
    version: typeof json['version'] === 'string' ? json['version'] : '',
    origin,
    root,
  };
  const api = isMapping(declared) ? declared['api'] : undefined;
  if (Number.isInteger(api) && api !== PLUGIN_API) {
    // A later level may have other keys: nothing else is judged.
    return { ...common, manifest: partialManifest(declared), problem: levelProblem(api) };
  }
  const parsed = manifestShape.safeParse(declared);
  if (!parsed.success) {
    const keys = [...new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? '')))];
    const wrong = keys.map((key) =>
      key === '' ? 'it must be an object' : `\`${key}\` must be ${forms[key]}`,
    );
    return {
      ...common,
      manifest: null,
      problem: `the \`sluice\` key of its package.json is wrong: ${wrong.join('; ')}`,
    };
  }
  const { summary, conformance, ...required } = parsed.data;
  const outside = (['entry', 'conformance'] as const).find((key) => !isInside(root, parsed.data[key]));
  const problem =
    outside === undefined
      ? null
      : `the \`${outside}\` of its manifest, ${parsed.data[outside]}, lies outside the package`;
  const manifest = {
    ...required,
    ...(conformance === undefined ? {} : { conformance }),
    ...(summary === undefined ? {} : { summary }),
  };
  return { ...common, manifest, problem };
}

function isInside(root: string, path: string | undefined): boolean {
  return path === undefined || (!isAbsolute(path) && !relative(root, join(root, path)).startsWith('..'));
}

/** Enough of a manifest of another level to find it by name. */
function partialManifest(declared: unknown): PluginManifest | null {
  const parsed = manifestShape.pick({ api: true, kind: true, name: true }).safeParse(declared);
  return parsed.success ? { ...parsed.data, entry: '' } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not a package: whoever installed it hears of that from npm.
    return null;
  }
}
