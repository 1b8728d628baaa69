import type { LoadedConfig, PluginReference } from '../config/index.ts';
import { diagnosticsError, inputSchemaOf, optionProblems, readScalars } from '../config/index.ts';
import type { PluginKind } from '../contracts/index.ts';
import { type FileDiagnostic, isSluiceError, SluiceError } from '../errors/index.ts';
import { discoverPlugins, type PluginSource, type SearchedPlace } from './discover.ts';
import { findPlugin } from './find-plugin.ts';
import { importFound, importPath, isPluginPath, type LoadedPlugin } from './import-plugin.ts';
import { describePlugins, type PluginInfo } from './plugin-info.ts';
import { validateOptions } from './validate-options.ts';

/** The places of a reference in the user's file, for errors. A `LoadedConfig` is one. */
export type ReferencePlaces = Pick<LoadedConfig, 'locate' | 'texts' | 'redactor'>;

/** A plugin with options that it has accepted. */
export interface PreparedPlugin<Kind extends PluginKind = PluginKind> extends LoadedPlugin<Kind> {
  /** As the plugin's own schema gave them back. */
  readonly options: unknown;
}

export interface PluginHostOptions {
  /** Paths are relative to it; its `node_modules` (and those above) are searched. */
  readonly baseDir: string;
  readonly sources: readonly PluginSource[];
}

/** Finds, imports and checks plugins. What it finds on disk is read once. */
export interface PluginHost {
  /** Every package with a manifest, nearest first, usable or not. Imports nothing. */
  list(): Promise<readonly PluginInfo[]>;

  /**
   * The plugin of a kind by short name, package name, or path. Imports it and no other.
   *
   * @throws SLUICE_PLUGIN_NOT_FOUND, SLUICE_PLUGIN_CLASH, SLUICE_PLUGIN_INVALID.
   */
  load<Kind extends PluginKind>(kind: Kind, name: string): Promise<LoadedPlugin<Kind>>;

  /**
   * The plugin that a configuration names, with its options checked by the plugin's own schema.
   *
   * @throws as `load`, and SLUICE_PLUGIN_OPTIONS; with `places`, the error has the place of what is
   * wrong in the user's file.
   */
  prepare<Kind extends PluginKind>(
    kind: Kind,
    reference: PluginReference,
    places?: ReferencePlaces,
  ): Promise<PreparedPlugin<Kind>>;
}

export function createPluginHost({ baseDir, sources }: PluginHostOptions): PluginHost {
  let searched: Promise<readonly SearchedPlace[]> | null = null;
  const search = (): Promise<readonly SearchedPlace[]> => {
    searched ??= discoverPlugins(baseDir, sources);
    return searched;
  };

  const load = async <Kind extends PluginKind>(kind: Kind, name: string): Promise<LoadedPlugin<Kind>> =>
    isPluginPath(name)
      ? importPath(kind, name, baseDir)
      : importFound(kind, findPlugin(kind, name, await search()));

  return {
    load,
    list: async () => describePlugins(await search()),
    prepare: async (kind, reference, places) => {
      const loaded = await load(kind, reference.plugin).catch((error: unknown) => {
        throw places === undefined ? error : placed(error, reference, places);
      });
      const options = await checkOptions(loaded, reference, places).catch((error: unknown) => {
        const alone = places !== undefined && isSluiceError(error, 'SLUICE_PLUGIN_INVALID');
        throw alone ? placed(error, reference, places) : error;
      });
      return { ...loaded, options };
    },
  };
}

/** The same error, shown where the plugin is named. */
function placed(error: unknown, reference: PluginReference, places: ReferencePlaces): unknown {
  if (!isSluiceError(error)) return error;
  const { code, message, hint } = error;
  const location = places.locate([...reference.at, 'plugin']);
  const { texts, redactor } = places;
  return diagnosticsError([{ severity: 'error', code, message, hint, location }], texts, {
    redact: redactor.text,
    mask: redactor.mask,
  });
}

async function checkOptions(
  { plugin, ...loaded }: LoadedPlugin,
  reference: PluginReference,
  places: ReferencePlaces | undefined,
): Promise<unknown> {
  let input: unknown = reference.options;
  let result = await validateOptions(plugin, loaded, input);
  const read = result.issues === undefined ? null : readScalars(input, result.issues);
  if (read !== null) {
    input = read;
    result = await validateOptions(plugin, loaded, input);
  }
  if (result.issues === undefined) return result.value;

  const problems = optionProblems(result.issues, input, reference.at, inputSchemaOf(plugin.options));
  const found = problems.map(({ path, part, message, hint }): FileDiagnostic => {
    const location = places?.locate(path, part) ?? { file: '', line: 1, column: 1 };
    const options = `These are options of the ${plugin.kind} plugin \`${plugin.name}\`.`;
    return { severity: 'error', code: 'SLUICE_PLUGIN_OPTIONS', message, hint: hint ?? options, location };
  });
  if (places !== undefined && found.length > 0) {
    const { texts, redactor } = places;
    throw diagnosticsError(found, texts, { redact: redactor.text, mask: redactor.mask });
  }
  const messages = found.map(({ message }) => message).join(' ');
  throw new SluiceError(
    'SLUICE_PLUGIN_OPTIONS',
    `The ${plugin.kind} plugin \`${plugin.name}\` refuses its options. ${messages}`,
  );
}
