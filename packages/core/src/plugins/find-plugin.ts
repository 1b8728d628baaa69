import { suggest } from '../config/suggest.ts';
import type { PluginKind } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import type { SearchedPlace } from './discover.ts';
import type { FoundPlugin } from './manifest.ts';

/**
 * The plugin of a kind that a short name or a package's name means.
 *
 * Copies of one package are no clash: the nearest is taken. Two packages with the same short name
 * are, wherever they come from: nobody shall get another plugin by installing something.
 *
 * @throws SLUICE_PLUGIN_NOT_FOUND with every place tried, SLUICE_PLUGIN_CLASH with both packages,
 * SLUICE_PLUGIN_INVALID where it cannot be used.
 */
export function findPlugin(kind: PluginKind, name: string, places: readonly SearchedPlace[]): FoundPlugin {
  const all = nearestCopies(places);
  const named = all.filter((plugin) => plugin.package === name || plugin.manifest?.name === name);
  const matching = named.filter(({ manifest }) => manifest?.kind === kind);
  const [found, other] = matching;
  if (found === undefined) throw notFound(kind, name, all, named, places);
  if (other !== undefined) throw clash(kind, name, matching);
  if (found.problem !== null) throw unusable(found);
  return found;
}

/** Why a plugin cannot be used. */
export function unusable({ package: name, version, root, problem }: FoundPlugin): SluiceError {
  return new SluiceError(
    'SLUICE_PLUGIN_INVALID',
    `The plugin ${name} ${version} cannot be used: ${problem}.`,
    {
      hint: `It is in ${root}. Update it, or use another one.`,
    },
  );
}

function nearestCopies(places: readonly SearchedPlace[]): readonly FoundPlugin[] {
  const byPackage = new Map<string, FoundPlugin>();
  for (const plugin of places.flatMap(({ plugins }) => plugins)) {
    if (!byPackage.has(plugin.package)) byPackage.set(plugin.package, plugin);
  }
  return [...byPackage.values()];
}

function clash(kind: PluginKind, name: string, plugins: readonly FoundPlugin[]): SluiceError {
  const list = plugins.map(
    (plugin) => `${plugin.package} ${plugin.version} (${plugin.origin}, ${plugin.root})`,
  );
  return new SluiceError(
    'SLUICE_PLUGIN_CLASH',
    `Two ${kind} plugins are called \`${name}\`: ${list.join(' and ')}.`,
    {
      hint: `Name the one you mean by its package: ${plugins.map((plugin) => `\`${plugin.package}\``).join(' or ')}.`,
    },
  );
}

function notFound(
  kind: PluginKind,
  name: string,
  all: readonly FoundPlugin[],
  named: readonly FoundPlugin[],
  places: readonly SearchedPlace[],
): SluiceError {
  const broken = named.find(({ manifest }) => manifest === null);
  if (broken !== undefined) return unusable(broken);

  const ofKind = all.filter(({ manifest }) => manifest?.kind === kind);
  const names = ofKind.flatMap(({ manifest, package: packageName }) => [
    manifest?.name ?? packageName,
    packageName,
  ]);
  const near = suggest(name, names);
  const others = named.map(({ manifest }) => manifest?.kind);
  const help = [
    near === null ? null : `Did you mean \`${near}\`?`,
    others.length === 0 ? null : `\`${name}\` is a ${others.join(' and a ')} plugin.`,
    `Places tried: ${places.map((place) => `${place.name} (${listed(kind, place)})`).join(', ')}.`,
    'A plugin of your own is named by its path: `./sinks/mine.js`.',
  ];
  return new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `There is no ${kind} plugin \`${name}\`.`, {
    hint: help.filter((line) => line !== null).join(' '),
  });
}

function listed(kind: PluginKind, { plugins }: SearchedPlace): string {
  const names = plugins.flatMap(({ manifest }) => (manifest?.kind === kind ? [manifest.name] : []));
  return names.length === 0 ? `no ${kind}` : names.join(', ');
}
