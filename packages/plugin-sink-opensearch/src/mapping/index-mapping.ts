import type { Field, IndexSchema, JsonObject, MapField, ScalarField } from '@sluice/core';
import type { OpensearchOptions } from '../options.ts';
import { analysis } from './analysis.ts';
import { constantMapping } from './constant-mapping.ts';
import { rankNormalizer } from './enum-rank.ts';
import { mergeObjects } from './merge-objects.ts';
import { asObject, scalarMapping, withOptions } from './scalar-mapping.ts';

export type MappingOptions = Pick<OpensearchOptions, 'text_analysis' | 'auto_subfields'>;

/** What an index is made with: its mapping and the analyzers that the mapping names. */
export interface IndexMapping {
  readonly mappings: JsonObject;
  readonly analysis: JsonObject;
}

/**
 * The mapping follows from the schema alone. It is strict: a key that the schema does not name is
 * rejected, not guessed at. Only what lies in `json` and `map` fields is mapped as it comes, and
 * there texts that look like dates stay texts, so that the first row does not decide for the others.
 */
export function indexMapping(schema: IndexSchema, options: MappingOptions): IndexMapping {
  const found: Found = { options, analysis: [analysis(options.text_analysis)], templates: [] };
  const properties = propertiesOf(schema.fields, '', found);
  return {
    mappings: {
      dynamic: 'strict',
      date_detection: false,
      ...(found.templates.length > 0 && { dynamic_templates: found.templates }),
      properties,
    },
    analysis: found.analysis.reduce(mergeObjects, {}),
  };
}

/** What lies outside `properties`, found on the way through the fields. */
interface Found {
  readonly options: MappingOptions;
  readonly analysis: JsonObject[];
  readonly templates: JsonObject[];
}

function propertiesOf(fields: readonly Field[], parent: string, found: Found): JsonObject {
  return Object.fromEntries(
    fields.map((field) => [field.name, fieldMapping(field, `${parent}${field.name}`, found)]),
  );
}

function fieldMapping(field: Field, path: string, found: Found): JsonObject {
  const auto = found.options.auto_subfields;
  switch (field.kind) {
    case 'scalar':
      return withOptions(scalarFieldMapping(field, found), field.options);
    case 'constant':
      return withOptions(constantMapping(field.value), field.options);
    case 'geo':
      return withOptions({ type: 'geo_point' }, field.options);
    case 'aggregate':
      return withOptions(scalarMapping(field.valueType, auto), field.options);
    case 'map':
      found.templates.push(...mapTemplates(field, path, found));
      return withOptions({ type: 'object', dynamic: true }, field.options);
    case 'object':
      return container('object', field, path, found);
    case 'join':
      return container(field.as, field, path, found);
  }
}

function container(
  type: 'object' | 'nested',
  field: { readonly fields: readonly Field[]; readonly options: JsonObject },
  path: string,
  found: Found,
): JsonObject {
  const mapping = withOptions({ type }, field.options);
  // Another type (flat_object, say) has no properties.
  if (mapping['type'] !== 'object' && mapping['type'] !== 'nested') return mapping;
  const properties = propertiesOf(field.fields, `${path}.`, found);
  return { ...mapping, properties: { ...properties, ...asObject(mapping['properties']) } };
}

function scalarFieldMapping(field: ScalarField, found: Found): JsonObject {
  const mapping = scalarMapping(field.type, found.options.auto_subfields, field.custom);
  if (field.type !== 'enum' || field.variants === null) return mapping;
  const rank = rankNormalizer(field.variants);
  found.analysis.push(rank.analysis);
  return { ...mapping, fields: { sort: { type: 'keyword', normalizer: rank.name } } };
}

/** What a JSON leaf can be; `*` would take objects too, which a dotted key makes. */
const leafTypes = ['string', 'long', 'double', 'boolean'] as const;

function mapTemplates(field: MapField, path: string, found: Found): JsonObject[] {
  if (field.values === 'json' || field.values === 'custom') return [];
  const mapping = scalarMapping(field.values, found.options.auto_subfields);
  return leafTypes.map((leaf) => ({
    [`${path}_${leaf}`]: { path_match: `${path}.*`, match_mapping_type: leaf, mapping },
  }));
}
