import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { SluiceError } from '../errors/index.ts';
import { withDeadline } from './deadline.ts';

/** A module that is to be a plugin, for messages. */
export interface PluginModule {
  /** As the user knows it. */
  readonly who: string;
  readonly file: string;
  /** What to do where it is broken. */
  readonly hint: string;
}

/**
 * The default export of a module.
 *
 * @param timeout In ms.
 * @throws SLUICE_PLUGIN_INVALID where there is none to be had
 */
export async function importDefault(source: PluginModule, timeout: number): Promise<unknown> {
  const { file, hint } = source;
  if ((await stat(file).catch(() => null)) === null) {
    throw invalid(
      source,
      `its entry ${file} does not exist`,
      `Where it has to be built first, build it. ${hint}`,
    );
  }
  const late = () =>
    invalid(
      source,
      `its import did not end within ${timeout / 1000} s`,
      `A module must not wait at its top level. ${hint}`,
    );
  const importing: Promise<{ readonly default?: unknown }> = import(pathToFileURL(file).href);
  const exported = importing.then(
    (module) => module.default,
    (error: unknown) => {
      throw importFailure(source, error);
    },
  );
  return unwrapped(await withDeadline(exported, timeout, late));
}

/** CommonJS made from TypeScript keeps its default one level down. */
function unwrapped(exported: unknown): unknown {
  const wrapped =
    typeof exported === 'object' && exported !== null && 'default' in exported && '__esModule' in exported;
  return wrapped ? exported.default : exported;
}

function importFailure(source: PluginModule, error: unknown): SluiceError {
  const message = error instanceof Error ? error.message : String(error);
  const [line = message] = message.split('\n');
  const [, needed] = /^Cannot find (?:package|module) '([^']+)'/.exec(line) ?? [];
  return needed === undefined
    ? invalid(source, `it fails while it is imported: ${line}`, source.hint, error)
    : invalid(
        source,
        `it needs \`${needed}\`, which is not there`,
        `A plugin's package names what it needs in its dependencies; those of a linked folder are installed there, by you. ${source.hint}`,
        error,
      );
}

/** Why a module is not the plugin that it is to be. */
export function invalid(source: PluginModule, why: string, hint = source.hint, cause?: unknown): SluiceError {
  const { who, file } = source;
  const message = `The plugin ${who === file ? who : `${who} (${file})`} cannot be used: ${why}.`;
  return new SluiceError('SLUICE_PLUGIN_INVALID', message, { hint, cause });
}
