import type { JsonObject, ScalarField, ScalarType } from '@sluice/core';
import { scalarTypes } from '@sluice/core/schema';
import {
  identifierAnalyzer,
  identifierSearchAnalyzer,
  lowercaseNormalizer,
  textAnalyzer,
} from './analysis.ts';

/** How a value of this type is mapped, before the field's own options. */
export function scalarMapping(
  type: ScalarType,
  autoSubfields: boolean,
  custom: ScalarField['custom'] = null,
): JsonObject {
  if (custom !== null) return { type: custom.opensearch };
  const base = scalarTypes[type].opensearch;
  switch (type) {
    case 'text':
      return withSubfields({ ...base, analyzer: textAnalyzer }, autoSubfields && exactSubfields);
    case 'identifier':
      return withSubfields(
        { ...base, analyzer: identifierAnalyzer, search_analyzer: identifierSearchAnalyzer },
        autoSubfields && exactSubfields,
      );
    case 'keyword':
      return withSubfields(base, autoSubfields && keywordSubfields);
    default:
      return base;
  }
}

/** Longer values are found as text but cannot be sorted by; a keyword above 32,766 bytes would reject the document. */
const longestExact = 256;

const lowercase = { type: 'keyword', normalizer: lowercaseNormalizer, ignore_above: longestExact };
const exactSubfields = {
  keyword: { type: 'keyword', ignore_above: longestExact },
  keyword_lowercase: lowercase,
};
const keywordSubfields = { keyword_lowercase: lowercase, text: { type: 'text', analyzer: textAnalyzer } };

function withSubfields(mapping: JsonObject, fields: JsonObject | false): JsonObject {
  return fields === false ? mapping : { ...mapping, fields };
}

/**
 * A field's options over its mapping. `fields` joins the subfields; another `type` takes the place
 * of the whole mapping, since its parameters are those of the former type.
 */
export function withOptions(mapping: JsonObject, options: JsonObject): JsonObject {
  if (options['type'] !== undefined && options['type'] !== mapping['type']) return options;
  const { fields, ...rest } = { ...mapping, ...options };
  const merged = { ...asObject(mapping['fields']), ...asObject(options['fields']) };
  return fields === undefined ? rest : { ...rest, fields: merged };
}

export function asObject(value: JsonObject[string] | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
