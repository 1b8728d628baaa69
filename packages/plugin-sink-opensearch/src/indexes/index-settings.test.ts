import { expect, test } from 'vitest';
import { scalar, schema } from '../../test/fixture.ts';
import { indexMapping } from '../mapping/index-mapping.ts';
import { opensearchOptions } from '../options.ts';
import {
  changedSettings,
  fixedSettings,
  flattened,
  indexSettings,
  restoredSettings,
} from './index-settings.ts';

test('nested and dotted settings, with or without index., are the same', () => {
  const flat = { 'index.refresh_interval': '1s', 'index.analysis.analyzer.x.filter': ['a', 'b'] };
  expect(
    flattened({ index: { refresh_interval: '1s' }, analysis: { analyzer: { x: { filter: ['a', 'b'] } } } }),
  ).toEqual(flat);
  expect(flattened({ 'index.refresh_interval': '1s', 'analysis.analyzer.x.filter': ['a', 'b'] })).toEqual(
    flat,
  );
});

test('the schema wins over the settings of the sink, which win over its options', () => {
  const options = opensearchOptions.parse({
    url: 'http://h',
    refresh_interval: '1s',
    number_of_replicas: 1,
    number_of_shards: 1,
    settings: { number_of_replicas: 2, index: { number_of_shards: 2 } },
  });
  const users = schema([], { settings: { number_of_shards: 3 } });
  expect(indexSettings(users, indexMapping(users, options), options)).toMatchObject({
    'index.gc_deletes': '1h',
    'index.refresh_interval': '1s',
    'index.number_of_replicas': 2,
    'index.number_of_shards': 3,
  });
});

test('only what a living index takes and holds otherwise is changed', () => {
  const wanted = {
    'index.number_of_shards': 5,
    'index.refresh_interval': '5s',
    'index.max_result_window': 10,
    'index.blocks.write': false,
  };
  const current = {
    'index.number_of_shards': '1',
    'index.max_result_window': '10',
    'index.blocks.write': 'true',
  };
  expect(changedSettings(wanted, current)).toEqual({
    'index.refresh_interval': '5s',
    'index.blocks.write': false,
  });
});

test('a running backfill keeps its settings', () => {
  const current = {
    'index.refresh_interval': '-1',
    'index.number_of_replicas': '0',
    'index.gc_deletes': '1h',
  };
  const wanted = { 'index.refresh_interval': '5s', 'index.number_of_replicas': 2, 'index.gc_deletes': '2h' };
  expect(changedSettings(wanted, current)).toEqual({ 'index.gc_deletes': '2h' });
});

test('what was not configured goes back to the default', () => {
  expect(restoredSettings({})).toEqual({ 'index.refresh_interval': null, 'index.number_of_replicas': null });
});

test('shards and analysis shape the index, refresh and knn search do not', () => {
  const fixed = fixedSettings({
    'index.number_of_shards': 1,
    'index.analysis.filter.x.type': 'stop',
    'index.knn': true,
    'index.knn.algo_param.ef_search': 100,
    'index.refresh_interval': '1s',
    'index.sort.field': ['a'],
  });
  expect(Object.keys(fixed)).toEqual([
    'index.number_of_shards',
    'index.analysis.filter.x.type',
    'index.knn',
    'index.sort.field',
  ]);
});

test('limits are raised only where the schema needs it', () => {
  const options = opensearchOptions.parse({ url: 'http://h' });
  const settingsOf = (fields: number, json: boolean) => {
    const some = schema([
      ...Array.from({ length: fields }, (_, n) => scalar(`f${n}`, 'long')),
      ...(json ? [scalar('any', 'json')] : []),
    ]);
    return indexSettings(some, indexMapping(some, options), options)['index.mapping.total_fields.limit'];
  };
  expect([settingsOf(1000, false), settingsOf(1001, false), settingsOf(10, true)]).toEqual([
    undefined,
    1001,
    1011,
  ]);
});
