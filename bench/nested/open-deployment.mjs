import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { loadConfig } from '@sluice/core/config';
import { openRun } from '@sluice/core/container';
import { runSluice, verifySluice } from '@sluice/core/engine';
import { createPluginHost, findPackageRoot } from '@sluice/core/plugins';

const commandRoot = dirname(createRequire(import.meta.url).resolve('@sluice/cli/package.json'));
const bundled = [
  'cdc-triggers',
  'cdc-wal',
  'documents-postgres',
  'queue-memory',
  'sink-opensearch',
  'sink-stdout',
];
const print = (message) => console.error(message);
const logger = { debug: () => undefined, info: () => undefined, warn: print, error: print };

/** A configuration with its plugins, as the command opens it, to be run with observers of one's own. */
export async function openDeployment(file) {
  const config = await loadConfig({ cwd: dirname(file), file, env: process.env });
  const packages = await Promise.all(
    bundled
      .map((name) => `@sluice/plugin-${name}`)
      .map(async (name) => ({ name, root: await findPackageRoot(name, commandRoot) })),
  );
  const host = createPluginHost({
    baseDir: config.baseDir,
    sources: [{ origin: 'bundled', packages }],
  });
  const over = new AbortController();
  const parts = await openRun(config, host, { logger, stdout: process.stdout, signal: over.signal });
  const indexes = config.indexes.filter(({ enabled }) => enabled);
  const { capture, documents, queue, sinks } = parts;
  return {
    verify: (options) => verifySluice({ ...options, capture, documents, sinks, indexes }),
    run: (options) => runSluice({ ...options, capture, documents, queue, sinks, indexes }),
    close: async () => {
      await parts.close();
      over.abort(new Error('closed'));
    },
  };
}
