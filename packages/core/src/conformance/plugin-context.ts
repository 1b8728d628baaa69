import type { Logger, PluginContext } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A context as the host gives one to a plugin, for tests: a silent logger, no connection, a run that does not end. */
export function pluginContext(given: Partial<PluginContext> = {}): PluginContext {
  return {
    logger: silent,
    signal: new AbortController().signal,
    connection: '',
    prefix: '',
    baseDir: process.cwd(),
    stdout: process.stdout,
    error: (code, message, details) => new SluiceError(code, message, details),
    ...given,
  };
}
