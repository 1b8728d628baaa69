import { readConfigDocument } from './config-document.ts';
import type { UnsetVariables } from './env-references.ts';
import { type ConfigPlace, findConfig } from './find-config.ts';
import { schemaFileReader } from './read-schemas.ts';
import { resolveConfig } from './resolve-config.ts';
import type { LoadedConfig } from './types.ts';

export interface LoadConfigOptions extends ConfigPlace {
  /** Default `fail`. `keep` reads a configuration where its variables are not set, to make a lock of it. */
  readonly unset?: UnsetVariables;
}

/**
 * Finds, reads and checks the configuration and every schema it names.
 *
 * @throws SLUICE_CONFIG_NOT_FOUND, or one error that carries every diagnostic of all files.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const document = await readConfigDocument(await findConfig(options), options.cwd);
  return resolveConfig(document, {
    env: options.env,
    unset: options.unset ?? 'fail',
    readSchema: schemaFileReader(document.baseDir, options.cwd),
  });
}
