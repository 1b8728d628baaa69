import { SluiceError } from '@sluice/core';
import type { NpmFailure } from './npm.ts';
import type { PackageSpec } from './package-spec.ts';

/** What to do about a failure of npm, by its code. */
const hints: Readonly<Record<string, string>> = {
  E401: 'Log in to the registry: `npm login`.',
  E403: 'The registry refuses it to this user: see `npm whoami` and `npm config get registry`.',
  EACCES: 'SLUICE_DATA_DIR names another directory for plugins; npm has its cache in `npm config get cache`.',
  ENOSPC: 'The disk is full.',
  ENOENT: 'npm comes with Node; it must be on the PATH.',
  ERESOLVE: "The plugin's dependencies exclude each other: tell its author.",
};
const unreachable =
  'Is the registry reachable? `npm config get registry` shows it; `--registry` names another one.';

/** Why npm did not install a plugin. Pure. */
export function npmError({ code, message }: NpmFailure, { kind, name, shown }: PackageSpec): SluiceError {
  const [, missing] =
    /'(@?[^'@]+)(?:@[^']*)?' (?:could not be found|is not in this registry)/.exec(message) ?? [];
  if (kind === 'registry' && code === 'E404' && missing === name) {
    return new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `The registry has no package \`${name}\`.`, {
      hint: 'A folder or a tarball is named by its path: `./sink-mine`. `npm config get registry` shows the registry.',
    });
  }
  if (kind === 'registry' && code === 'ETARGET' && message.includes(`for ${name}@`)) {
    return new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `The registry has no version \`${shown}\`.`, {
      hint: `\`npm view ${name} versions\` lists those that it has.`,
    });
  }
  const lacks =
    missing === undefined || code !== 'E404'
      ? (hints[code ?? ''] ?? unreachable)
      : `It needs ${missing}, which the registry does not have: tell the plugin's author.`;
  return new SluiceError('SLUICE_PLUGIN_NOT_INSTALLED', `npm could not install ${shown}: ${message}`, {
    hint: `Nothing was changed. ${lacks}`,
  });
}
