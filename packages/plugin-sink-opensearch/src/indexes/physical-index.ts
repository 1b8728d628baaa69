import type { GenerationSize, JsonObject } from '@sluice/core';
import { z } from 'zod';
import { type Cluster, path } from '../cluster/cluster.ts';
import { readAnswer, requireAllShards, shardCounts } from '../cluster/read-answer.ts';
import { changedSettings, type FlatSettings } from './index-settings.ts';
import { writeAlias } from './names.ts';

export interface PhysicalIndex {
  readonly name: string;
  readonly settings: FlatSettings;
  readonly mappings: JsonObject;
}

/** In ms. Refreshing and flushing a freshly filled index moves much data before the answer begins. */
const longTimeout = 600_000;

/** Makes the index and its write alias in one step. Someone else making it at the same time is fine. */
export async function createIndex(cluster: Cluster, index: PhysicalIndex): Promise<void> {
  const answer = await cluster
    .send({
      method: 'PUT',
      path: path(index.name),
      body: {
        settings: index.settings,
        mappings: index.mappings,
        aliases: { [writeAlias(index.name)]: { is_hidden: true } },
      },
      purpose: `create index ${index.name}`,
      timeout: 60_000,
    })
    .catch(async (error: unknown) => {
      if (await indexExists(cluster, index.name)) return null;
      throw error;
    });
  if (answer !== null)
    readAnswer(z.object({ acknowledged: z.boolean() }), answer, `create index ${index.name}`);
}

export async function indexExists(cluster: Cluster, name: string): Promise<boolean> {
  // Not by HEAD, whose answer has no body to say which privilege is missing.
  const answer = await cluster.send({
    method: 'GET',
    path: path(name, '_alias'),
    purpose: `look for index ${name}`,
    expect: [404],
  });
  return answer.status === 200;
}

const settingsAnswer = z.record(z.string(), z.object({ settings: z.record(z.string(), z.json()) }));

/** Applies what differs among the settings that a living index takes, and restores its write alias. */
export async function updateIndex(cluster: Cluster, index: PhysicalIndex): Promise<void> {
  const purpose = `read the settings of ${index.name}`;
  const answer = await cluster.send({
    method: 'GET',
    path: path(index.name, '_settings'),
    query: { flat_settings: true },
    purpose,
  });
  const current = readAnswer(settingsAnswer, answer, purpose)[index.name]?.settings ?? {};
  await putSettings(cluster, index.name, changedSettings(index.settings, current));
  await cluster.send({
    method: 'PUT',
    path: path(index.name, '_alias', writeAlias(index.name)),
    body: { is_hidden: true },
    purpose: `set the alias ${writeAlias(index.name)}`,
  });
}

export async function putSettings(cluster: Cluster, name: string, settings: FlatSettings): Promise<void> {
  if (Object.keys(settings).length === 0) return;
  await cluster.send({
    method: 'PUT',
    path: path(name, '_settings'),
    body: settings,
    purpose: `change ${Object.keys(settings).join(', ')} of ${name}`,
  });
}

const shardsAnswer = z.object({ _shards: shardCounts });

/** Everything written before is searchable when it resolves. */
export async function refreshIndex(cluster: Cluster, name: string): Promise<void> {
  await onAllShards(cluster, name, '_refresh', `refresh ${name}`);
}

/** Everything written before is in segments on disk, so that a restart replays nothing. */
export async function flushIndex(cluster: Cluster, name: string): Promise<void> {
  await onAllShards(cluster, name, '_flush', `flush ${name}`);
}

async function onAllShards(cluster: Cluster, name: string, action: string, purpose: string): Promise<void> {
  const answer = await cluster.send({
    method: 'POST',
    path: path(name, action),
    purpose,
    timeout: longTimeout,
  });
  requireAllShards(readAnswer(shardsAnswer, answer, purpose)._shards, purpose);
}

const countAnswer = z.object({ count: z.int(), _shards: shardCounts });
const storeAnswer = z.object({
  _all: z.object({ total: z.object({ store: z.object({ size_in_bytes: z.int() }).optional() }) }),
});

/** `_stats` counts the parts of nested documents, too: so documents are counted by a search. Null: no such index. */
export async function indexSize(cluster: Cluster, name: string): Promise<GenerationSize | null> {
  const purpose = `count the documents of ${name}`;
  const counted = await cluster.send({ method: 'GET', path: path(name, '_count'), purpose, expect: [404] });
  if (counted.status === 404) return null;
  const { count, _shards } = readAnswer(countAnswer, counted, purpose);
  requireAllShards(_shards, purpose);
  const stats = await cluster.send({
    method: 'GET',
    path: path(name, '_stats', 'store'),
    purpose: `read the size of ${name}`,
    expect: [403, 404],
  });
  const read = storeAnswer.safeParse(stats.body);
  return { documents: count, bytes: read.data?._all.total.store?.size_in_bytes ?? null };
}

/** A missing index is as good as a deleted one. */
export async function deleteIndex(cluster: Cluster, name: string): Promise<void> {
  await cluster.send({
    method: 'DELETE',
    path: path(name),
    purpose: `delete index ${name}`,
    expect: [404],
    timeout: 60_000,
  });
}
