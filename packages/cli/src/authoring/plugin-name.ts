import { SluiceError } from '@sluice/core';

export interface PluginNames {
  /** What npm knows it by. */
  readonly package: string;
  /** What a configuration knows it by. */
  readonly short: string;
}

const part = /^[a-z0-9][a-z0-9._-]*$/;
const shortName = /^[a-z][a-z0-9-]*$/;
/** Names that npm refuses. */
const reserved = new Set(['node_modules', 'favicon.ico']);

/**
 * The names of a plugin to be created. Without `short` it is the package's name without scope and
 * without what says that it is a plugin: `kafka` for `@acme/sluice-sink-kafka`.
 *
 * @throws SLUICE_USAGE where npm would refuse the package, or Sluice the short name.
 */
export function pluginNames(name: string, kind: string, short?: string): PluginNames {
  const [scope, bare] = name.startsWith('@') ? splitScope(name) : [null, name];
  if (!part.test(bare) || reserved.has(bare) || name.length > 214 || (scope !== null && !part.test(scope))) {
    throw new SluiceError('SLUICE_USAGE', `"${name}" is not a name for an npm package.`, {
      hint: 'Write lower-case letters, digits, hyphens, dots and underscores, with a scope or without: sluice-sink-kafka, @acme/sluice-sink-kafka.',
    });
  }
  const chosen = short ?? bare.replace(new RegExp(`^(?:(?:sluice|plugin|${kind})-)+`), '');
  if (shortName.test(chosen)) return { package: name, short: chosen };
  const hint = 'It begins with a letter and holds lower-case letters, digits and hyphens.';
  if (short !== undefined) {
    throw new SluiceError('SLUICE_USAGE', `"${short}" is not a short name for a plugin.`, { hint });
  }
  throw new SluiceError('SLUICE_USAGE', `"${chosen}", of ${name}, is not a short name for a plugin.`, {
    hint: `Give one with --short-name. ${hint}`,
  });
}

function splitScope(name: string): readonly [string, string] {
  const slash = name.indexOf('/');
  return slash === -1 ? [name.slice(1), ''] : [name.slice(1, slash), name.slice(slash + 1)];
}
