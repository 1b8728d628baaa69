import { basename, resolve } from 'node:path';
import { cosmiconfig, type Loader } from 'cosmiconfig';
import { SluiceError } from '../errors/index.ts';
import type { Environment } from './env-references.ts';

/** In the order in which they are looked for. */
export const searchPlaces = [
  'sluice.yaml',
  'sluice.yml',
  'sluice.json',
  'sluice.config.js',
  'sluice.config.mjs',
  'package.json',
] as const;

export interface ConfigPlace {
  /** Where to look; nowhere else, not in its parents. */
  readonly cwd: string;
  /** A file named by the user, relative to `cwd`: wins over `SLUICE_CONFIG`, which wins over the search. */
  readonly file?: string | undefined;
  readonly env: Environment;
}

/**
 * The absolute path of the configuration file. A file that was named is not looked at.
 *
 * @throws SLUICE_CONFIG_NOT_FOUND with the places tried.
 */
export async function findConfig({ cwd, file, env }: ConfigPlace): Promise<string> {
  const named = file ?? (env['SLUICE_CONFIG'] === '' ? undefined : env['SLUICE_CONFIG']);
  if (named !== undefined) return resolve(cwd, named);
  const found = await explorer().search(cwd);
  if (found !== null) return found.filepath;
  throw new SluiceError('SLUICE_CONFIG_NOT_FOUND', `There is no configuration in ${cwd}.`, {
    hint: `Looked for ${searchPlaces.join(', ')} (key \`sluice\`). Name another file with --config or SLUICE_CONFIG.`,
  });
}

/** What a `sluice.config.js` exports by default. */
export async function importConfig(file: string): Promise<unknown> {
  const found = await cosmiconfig('sluice', { cache: false }).load(file);
  return found === null || found.isEmpty === true ? null : found.config;
}

function explorer() {
  return cosmiconfig('sluice', {
    searchPlaces: [...searchPlaces],
    searchStrategy: 'none',
    // An empty sluice.yaml is a mistake to be told of, not a reason to look further.
    ignoreEmptySearchPlaces: false,
    cache: false,
    loaders: { '.yaml': present, '.yml': present, '.json': presentOrKey, '.js': present, '.mjs': present },
  });
}

// The search only finds: the file is read later, with its positions.
const present: Loader = () => ({});

const presentOrKey: Loader = (file, text) => {
  if (basename(file) !== 'package.json') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SluiceError('SLUICE_CONFIG_SYNTAX', `${file} is not well-formed JSON.`, { cause: error });
  }
};
