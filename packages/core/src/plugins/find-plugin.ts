import { suggest } from '../config/suggest.ts';
import type { PluginKind } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import type { SearchedPlace } from './discover.ts';
import type { FoundPlugin, PluginOrigin } from './manifest.ts';

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
  const all = nearestCopies(places.flatMap(({ plugins }) => plugins));
  const named = all.filter((plugin) => plugin.package === name || plugin.manifest?.name === name);
  const matching = named.filter(({ manifest }) => manifest?.kind === kind);
  const [found, other] = matching;
  if (found === undefined) throw notFound(kind, name, all, named, places);
  if (other !== undefined) throw clash(kind, name, matching);
  if (found.problem !== null) throw unusable(found);
  return found;
}

/** Why a plugin cannot be used. */
export function unusable({ package: name, version, origin, root, problem }: FoundPlugin): SluiceError {
  return new SluiceError(
    'SLUICE_PLUGIN_INVALID',
    `The plugin ${`${name} ${version}`.trim()} cannot be used: ${problem}.`,
    { hint: remedy(origin, name, root) },
  );
}

/** What to do about a plugin that cannot be used, by where it came from. */
export function remedy(origin: PluginOrigin, name: string, root: string): string {
  switch (origin) {
    case 'path':
      return `It is in ${root}.`;
    case 'linked':
      return `It is linked from ${root}. Mend it there, or remove the link: \`sluice plugins uninstall ${name}\`.`;
    case 'installed':
      return `Get another version with \`sluice plugins install ${name}@VERSION\`, or remove it: \`sluice plugins uninstall ${name}\`.`;
    case 'project':
      return `It is in ${root}. Get another version with your package manager, or name another plugin.`;
    case 'bundled':
      return `It came with Sluice and is in ${root}. Install Sluice again.`;
  }
}

/** One of each package, the copy that is used: the nearest. `plugins` come nearest first. */
export function nearestCopies<Copy extends { readonly package: string }>(
  plugins: readonly Copy[],
): readonly Copy[] {
  const byPackage = new Map<string, Copy>();
  for (const plugin of plugins) if (!byPackage.has(plugin.package)) byPackage.set(plugin.package, plugin);
  return [...byPackage.values()];
}

function clash(kind: PluginKind, name: string, plugins: readonly FoundPlugin[]): SluiceError {
  const list = plugins.map(({ package: name, version, origin, root, problem }) => {
    const unfit = problem === null ? '' : `; it cannot be used: ${problem}`;
    return `${name} ${version} (${origin}, ${root}${unfit})`;
  });
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
    '`sluice plugins install PACKAGE` adds one that was published; one of your own is named by its path, `./sinks/mine.js`.',
  ];
  return new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `There is no ${kind} plugin \`${name}\`.`, {
    hint: help.filter((line) => line !== null).join(' '),
  });
}

function listed(kind: PluginKind, { plugins }: SearchedPlace): string {
  const names = plugins.flatMap(({ manifest }) => (manifest?.kind === kind ? [manifest.name] : []));
  return names.length === 0 ? `no ${kind}` : names.join(', ');
}
