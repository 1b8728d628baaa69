import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import type { Config } from '@oclif/core';
import type { Logger } from '@sluice/core';
import {
  createRedactor,
  diagnosticsError,
  type LoadedConfig,
  loadConfig,
  loadLock,
  type UnsetVariables,
} from '@sluice/core/config';
import { openRun, type RunPlugins } from '@sluice/core/container';
import { missingDeadLetterPlaces, noPlaceError } from '@sluice/core/engine';
import { hideSecretsOf } from './output/hidden-secrets.ts';
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
  const loaded =
    lock === undefined && !locked
      ? await loadConfig({ cwd, file: config, env: process.env, unset })
      : await loadLock({ cwd, file: resolve(cwd, lock ?? 'sluice.lock'), env: process.env });
  hideSecretsOf(loaded.redactor);
  const { PGPASSWORD = '' } = process.env;
  // Not in the configuration, and yet a part of the connection.
  if (PGPASSWORD.length > 3) hideSecretsOf(createRedactor([{ path: [], value: PGPASSWORD, hide: 'word' }]));
  return loaded;
}

/** A configuration whose plugins are started. No server has been asked anything yet. */
export type Deployment<Part extends keyof RunPlugins = keyof RunPlugins> = Pick<RunPlugins, Part> &
  AsyncDisposable & { readonly config: LoadedConfig };

export interface OpenOptions<Part extends keyof RunPlugins> {
  readonly logger: Logger;
  /** Where documents of a stdout sink go. Default: nowhere, for commands that write none. */
  readonly stdout?: NodeJS.WritableStream;
  /** Plugins of the other parts are not even looked for. */
  readonly parts: readonly Part[];
}

/** What a run needs. */
export const everyPart = ['capture', 'documents', 'queue', 'sinks'] as const;

/**
 * Finds and starts the plugins of a configuration. Disposal closes them; their signal aborts only
 * then, so that a run can drain.
 */
export async function openDeployment<Part extends keyof RunPlugins>(
  cli: Config,
  config: LoadedConfig,
  { logger, stdout = nowhere(), parts }: OpenOptions<Part>,
): Promise<Deployment<Part>> {
  const over = new AbortController();
  const host = await hostFor(cli, config.baseDir);
  const opened = await openRun(config, host, { logger, stdout, signal: over.signal }, parts);
  try {
    requirePlaces(config, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
  return {
    ...opened,
    config,
    [Symbol.asyncDispose]: async () => {
      await opened.close();
      over.abort(new Error('The command is over.'));
    },
  };
}

/** Throws where an index wants its dead letters kept by a sink that cannot. */
function requirePlaces(config: LoadedConfig, { sinks = [] }: Partial<RunPlugins> & AsyncDisposable): void {
  const indexes = config.indexes.filter(({ enabled }) => enabled);
  const diagnostics = missingDeadLetterPlaces(indexes, sinks).map(({ index, sink }) => {
    const { code, message, hint } = noPlaceError(index, sink);
    const location = config.locate(['indexes', index, 'on_reject']);
    return { severity: 'error', code, message, hint, location } as const;
  });
  const { text: redact, mask } = config.redactor;
  if (diagnostics.length > 0) throw diagnosticsError(diagnostics, config.texts, { redact, mask });
}

function nowhere(): NodeJS.WritableStream {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
