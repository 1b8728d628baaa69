import type { Generation, IndexSchema, PluginContext, Sink } from '@sluice/core';
import { BulkWriter } from './bulk/bulk-writer.ts';
import { createCluster } from './cluster/cluster.ts';
import { clusterId, requestLimit, requireOpenSearch } from './cluster/inspect-cluster.ts';
import { createDeadLetterStore } from './dead-letter-store.ts';
import { aliasTargets } from './indexes/alias.ts';
import { createGenerationStore } from './indexes/generation-store.ts';
import { fixedSettings, indexSettings } from './indexes/index-settings.ts';
import { physicalName } from './indexes/names.ts';
import {
  createIndex,
  indexExists,
  type PhysicalIndex,
  refreshIndex,
  updateIndex,
} from './indexes/physical-index.ts';
import { indexMapping } from './mapping/index-mapping.ts';
import type { OpensearchOptions } from './options.ts';
import { createRecordStore } from './record-store.ts';
import { createSinkReader } from './sink-reader.ts';

/** Documents in an OpenSearch cluster. Connects with the first request, not before. */
export function createOpensearchSink(
  context: Pick<PluginContext, 'prefix' | 'baseDir'>,
  options: OpensearchOptions,
): Sink {
  const { prefix } = context;
  const cluster = createCluster(options, context.baseDir);
  const writer = new BulkWriter(cluster, {
    prefix,
    ceiling: {
      documents: options.batch_size,
      bytes: options.batch_bytes,
      concurrency: options.concurrency,
    },
    timeout: options.timeout,
    pipeline: options.pipeline,
  });

  function describe(schema: IndexSchema): Omit<PhysicalIndex, 'name'> {
    const mapping = indexMapping(schema, options);
    return { mappings: mapping.mappings, settings: indexSettings(schema, mapping, options) };
  }

  let met: Promise<void> | null = null;

  /** Once per process; again after a failure. */
  function meetCluster(): Promise<void> {
    met ??= (async () => {
      await requireOpenSearch(cluster);
      writer.limitRequests(await requestLimit(cluster));
    })().catch((error: unknown) => {
      met = null;
      throw error;
    });
    return met;
  }

  return {
    ordering: 'versioned',

    describe: (schema) => ({ ...describe(schema) }),

    fingerprint(schema) {
      const { mappings, settings } = describe(schema);
      return { mappings, settings: fixedSettings(settings), pipeline: options.pipeline ?? null };
    },

    async ensureIndex(generation) {
      const index = { name: physicalName(prefix, generation), ...describe(generation.schema) };
      await meetCluster();
      await aliasTargets(cluster, prefix, generation.index);
      if (await indexExists(cluster, index.name)) await updateIndex(cluster, index);
      else await createIndex(cluster, index);
    },

    write: (request) => writer.write(request),

    location: async () => `${await clusterId(cluster)}/${prefix}`,
    refresh: (generation) => refreshIndex(cluster, physicalName(prefix, generation)),

    records: createRecordStore(cluster, prefix),
    generations: createGenerationStore(
      cluster,
      prefix,
      (generation: Generation) => describe(generation.schema).settings,
    ),
    reader: createSinkReader(cluster, prefix, { readsBack: options.pipeline === undefined }),
    deadLetters: createDeadLetterStore(cluster, prefix),

    close: () => cluster.close(),
  };
}
