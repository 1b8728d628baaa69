import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginContext } from '@sluice/core';
import type { SinkDriver } from '@sluice/core/conformance';
import { fileName } from './file-sink.ts';
import plugin from './index.ts';

/**
 * What the conformance checks drive the sink with: used by the test beside it and, because the
 * manifest names it, by `sluice plugin verify`.
 */
export default async function driver(context: PluginContext): Promise<SinkDriver> {
  const directory = await mkdtemp(join(tmpdir(), 'template-name-'));
  return {
    claims: { ordering: 'versioned', records: false, generations: false, reader: true },

    open: async () => plugin.create(context, { directory }),

    // By its own means: if it asked the sink, the sink would vouch for itself.
    async read(generation, { id, routing }) {
      const text = await readFile(join(directory, fileName(context.prefix, generation)), 'utf8').catch(
        () => '',
      );
      let best = { version: -1n, body: 'null' };
      for (const line of text.split('\n')) {
        if (!line.startsWith(`{"id":${JSON.stringify(id)},"routing":${JSON.stringify(routing)},`)) continue;
        const version = BigInt(/,"version":"(\d+)",/.exec(line)?.[1] ?? -1);
        // The text itself: JSON.parse would round large numbers.
        const body = line.slice(line.indexOf(',"document":') + ',"document":'.length, -1);
        if (version >= best.version) best = { version, body };
      }
      return best.body === 'null' ? null : best.body;
    },

    cleanUp: () => rm(directory, { recursive: true, force: true }),
  };
}
