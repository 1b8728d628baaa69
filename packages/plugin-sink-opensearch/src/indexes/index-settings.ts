import { type IndexSchema, type JsonObject, type JsonValue, SluiceError } from '@sluice/core';
import type { IndexMapping } from '../mapping/index-mapping.ts';
import { limitSettings } from '../mapping/mapping-size.ts';
import { isObject } from '../mapping/scalar-mapping.ts';
import type { OpensearchOptions } from '../options.ts';

/** Settings by full dotted name (`index.refresh_interval`). */
export type FlatSettings = Readonly<Record<string, JsonValue>>;

/**
 * All settings of an index, a later source over an earlier one: what Sluice needs, the sink's options,
 * its `settings`, the schema's. Deletes leave a tombstone for an hour, so that no older body can
 * bring a document back.
 */
export function indexSettings(
  schema: IndexSchema,
  mapping: IndexMapping,
  options: OpensearchOptions,
): FlatSettings {
  const { number_of_shards, number_of_replicas, refresh_interval } = options;
  const settings = {
    'index.gc_deletes': '1h',
    ...limitSettings(mapping.mappings),
    ...flattened({ analysis: mapping.analysis }),
    ...(number_of_shards !== undefined && { 'index.number_of_shards': number_of_shards }),
    ...(number_of_replicas !== undefined && { 'index.number_of_replicas': number_of_replicas }),
    ...(refresh_interval !== undefined && { 'index.refresh_interval': refresh_interval }),
    ...flattened(options.settings),
    ...flattened(schema.settings),
  };
  requireDurable(schema.index, settings);
  return settings;
}

/** Nested or dotted, with or without `index.`, as one level with full names. */
export function flattened(settings: JsonObject): FlatSettings {
  const flat: Record<string, JsonValue> = {};
  const visit = (node: JsonObject, prefix: string) => {
    for (const [key, value] of Object.entries(node)) {
      const name = `${prefix}${key}`;
      if (isObject(value)) visit(value, `${name}.`);
      else flat[name.startsWith('index.') ? name : `index.${name}`] = value;
    }
  };
  visit(settings, '');
  return flat;
}

/** Settings that OpenSearch takes only for a new index: a change of them leads to a new generation. */
const fixed =
  /^index\.(number_of_shards|number_of_routing_shards|routing_partition_size|codec|sort|analysis|similarity|store|soft_deletes|replication\.type|shard\.check_on_startup|load_fixed_bitset_filters_eagerly|mapping\.(coerce|ignore_malformed))(\.|$)|^index\.knn$/;

export function isFixed(name: string): boolean {
  return fixed.test(name);
}

export function fixedSettings(settings: FlatSettings): FlatSettings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => isFixed(name)));
}

/**
 * What to change in a living index. `current` is OpenSearch's own flat form, where values are texts.
 * While a backfill has refresh and replicas switched off (`endBackfill` restores them), these stay.
 */
export function changedSettings(wanted: FlatSettings, current: FlatSettings): FlatSettings {
  const backfilling = isBackfilling(current);
  const changed = Object.entries(wanted).filter(([name, value]) => {
    if (isFixed(name) || (backfilling && relaxed.has(name))) return false;
    return JSON.stringify(asText(value)) !== JSON.stringify(current[name]);
  });
  return Object.fromEntries(changed);
}

const relaxed = new Set(['index.refresh_interval', 'index.number_of_replicas', 'index.auto_expand_replicas']);

/** For a backfill nobody searches the index, and what is lost with a node is filled in again. */
export function backfillSettings(wanted: FlatSettings): FlatSettings {
  return {
    'index.refresh_interval': '-1',
    'index.number_of_replicas': 0,
    ...('index.auto_expand_replicas' in wanted && { 'index.auto_expand_replicas': false }),
  };
}

/** The settings that `backfillSettings` took away; null is OpenSearch's own default. */
export function restoredSettings(wanted: FlatSettings): FlatSettings {
  const autoExpand = wanted['index.auto_expand_replicas'];
  return {
    'index.refresh_interval': wanted['index.refresh_interval'] ?? null,
    'index.number_of_replicas': wanted['index.number_of_replicas'] ?? null,
    ...(autoExpand !== undefined && { 'index.auto_expand_replicas': autoExpand }),
  };
}

function isBackfilling(current: FlatSettings): boolean {
  return current['index.refresh_interval'] === '-1' && current['index.number_of_replicas'] === '0';
}

function asText(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => asText(item));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function requireDurable(index: string, settings: FlatSettings): void {
  if (settings['index.translog.durability'] !== 'async') return;
  throw new SluiceError('SLUICE_SINK_REFUSED', `The settings of index ${index} give up durability`, {
    hint: 'With index.translog.durability: async an accepted document can be lost. Remove the setting.',
  });
}
