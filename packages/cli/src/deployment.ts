import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import type { Config } from '@oclif/core';
import type { Logger } from '@sluice/core';
import { type LoadedConfig, loadConfig, loadLock, type UnsetVariables } from '@sluice/core/config';
import { openRun, type RunParts } from '@sluice/core/container';
import { hostFor } from './plugin-host.ts';

/** Which configuration a command line names. */
export interface ConfigurationFlags {
  readonly config?: string | undefined;
  readonly lock?: string | undefined;
  readonly locked?: boolean | undefined;
}

/** The lock where one is named, else the configuration. Throws one error with everything wrong in it. */
export async function readConfiguration(
  { config, lock, locked = false }: ConfigurationFlags,
  unset: UnsetVariables = 'fail',
): Promise<LoadedConfig> {
  const cwd = process.cwd();
  if (lock === undefined && !locked) return loadConfig({ cwd, file: config, env: process.env, unset });
  return loadLock({ cwd, file: resolve(cwd, lock ?? 'sluice.lock'), env: process.env });
}

/** A configuration whose plugins are started. No server has been asked anything yet. */
export interface Deployment extends AsyncDisposable, Omit<RunParts, 'close'> {
  readonly config: LoadedConfig;
}

export interface OpenOptions {
  readonly logger: Logger;
  /** Where documents of a stdout sink go. Default: nowhere, for commands that write none. */
  readonly stdout?: NodeJS.WritableStream;
}

/**
 * Finds and starts the plugins of a configuration. Disposal closes them; their signal aborts only
 * then, so that a run can drain.
 */
export async function openDeployment(
  cli: Config,
  config: LoadedConfig,
  { logger, stdout = nowhere() }: OpenOptions,
): Promise<Deployment> {
  const over = new AbortController();
  const host = await hostFor(cli, config.baseDir);
  const { close, ...parts } = await openRun(config, host, { logger, stdout, signal: over.signal });
  return {
    ...parts,
    config,
    [Symbol.asyncDispose]: async () => {
      await close();
      over.abort(new Error('The command is over.'));
    },
  };
}

function nowhere(): NodeJS.WritableStream {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
