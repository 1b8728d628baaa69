import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginKind } from '../contracts/index.ts';
import type { SearchedPlace } from './discover.ts';
import { nearestCopies } from './find-plugin.ts';
import type { FoundPlugin, PluginOrigin } from './manifest.ts';

/** A plugin as `sluice plugins list` shows it. */
export interface PluginInfo {
  readonly kind: PluginKind | null;
  readonly name: string | null;
  readonly package: string;
  readonly version: string;
  readonly api: number | null;
  readonly origin: PluginOrigin;
  /** The package's directory, absolute. */
  readonly root: string;
  /** Why it cannot be used, or not by its short name; null where nothing is known against it. */
  readonly problem: string | null;
}

/** What is known of plugins before any is imported: manifests, missing entries, clashes of short names. */
export async function describePlugins(places: readonly SearchedPlace[]): Promise<readonly PluginInfo[]> {
  const all = places.flatMap(({ plugins }) => plugins);
  const used = nearestCopies(all);
  return Promise.all(
    all.map(async (plugin) => {
      const { manifest, package: name, version, origin, root } = plugin;
      const problem = plugin.problem ?? (await entryProblem(plugin)) ?? clashOf(plugin, used);
      const { kind = null, name: shortName = null, api = null } = manifest ?? {};
      return { kind, name: shortName, package: name, version, api, origin, root, problem };
    }),
  );
}

async function entryProblem({ manifest, root }: FoundPlugin): Promise<string | null> {
  if (manifest === null) return null;
  const there = await stat(join(root, manifest.entry)).catch(() => null);
  return there === null ? `its entry ${manifest.entry} does not exist` : null;
}

/** Packages with one short name can only be named by their packages. */
function clashOf(plugin: FoundPlugin, used: readonly FoundPlugin[]): string | null {
  const { manifest } = plugin;
  if (manifest === null || !used.includes(plugin)) return null;
  const others = used.filter(
    (other) =>
      other !== plugin && other.manifest?.kind === manifest.kind && other.manifest.name === manifest.name,
  );
  if (others.length === 0) return null;
  const names = others.map(({ package: name }) => name).join(', ');
  return `its short name is also that of ${names}: name it \`${plugin.package}\``;
}
