import type { JsonObject } from '@sluice/core';
import { asObject, isObject } from './scalar-mapping.ts';

/** What OpenSearch counts against its limits. */
export interface MappingSize {
  /** Fields, objects and subfields. */
  readonly fields: number;
  readonly nested: number;
  /** Levels of objects; 1 for the root. */
  readonly depth: number;
  /** There are objects whose keys come with the documents. */
  readonly open: boolean;
}

export function mappingSize(mapping: JsonObject): MappingSize {
  const properties = Object.values(asObject(mapping['properties'])).filter(isObject);
  const inner = properties.map(mappingSize);
  const type = mapping['type'];
  const own = type === 'object' || type === 'nested' || mapping['properties'] !== undefined ? 1 : 0;
  return {
    fields: properties.length + subfields(mapping) + sum(inner.map(({ fields }) => fields)),
    nested: (type === 'nested' ? 1 : 0) + sum(inner.map(({ nested }) => nested)),
    depth: own + Math.max(0, ...inner.map(({ depth }) => depth)),
    open: mapping['dynamic'] === true || mapping['dynamic'] === 'true' || inner.some(({ open }) => open),
  };
}

/** The limits that an index has when nobody sets any. */
const defaults = { fields: 1000, nested: 50, depth: 20 };

/** Keys of open objects that fit before someone has to raise the limit. */
const roomForKeys = 1000;

/** The limits that the mapping needs to be raised; empty where the defaults do. */
export function limitSettings(mapping: JsonObject): JsonObject {
  const { fields, nested, depth, open } = mappingSize(mapping);
  const wanted = fields + (open ? roomForKeys : 0);
  return {
    ...(wanted > defaults.fields && { 'index.mapping.total_fields.limit': wanted }),
    ...(nested > defaults.nested && { 'index.mapping.nested_fields.limit': nested }),
    ...(depth > defaults.depth && { 'index.mapping.depth.limit': depth }),
  };
}

function subfields(mapping: JsonObject): number {
  return Object.keys(asObject(mapping['fields'])).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
