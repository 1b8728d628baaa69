import type { ConstantField, GeoField, MapField, ObjectField, ScalarType } from '../contracts/index.ts';
import { explainFor, type FieldInput } from './field-input.ts';
import { readJson, readJsonObject } from './read-json.ts';
import { readMapping } from './read-mapping.ts';
import { constantShape, geoShape, mapShape, objectShape } from './shapes.ts';

/** A fixed value; without `value` it is null. */
export function readConstant(input: FieldInput): ConstantField | null {
  const { raw, at, name, label, head, problems } = input;
  const read = readMapping(
    constantShape,
    raw,
    { label, at, head, explain: explainFor('constant', input) },
    problems,
  );
  const value = readJson(raw['value'] ?? null, [...at, 'value'], problems);
  const options = readJsonObject(raw['options'], [...at, 'options'], 'options', label, problems);
  return read === null || value === undefined ? null : { kind: 'constant', name, at, value, options };
}

/** A sub-object of the same row. */
export function readObject(input: FieldInput): ObjectField | null {
  const { raw, at, name, label, head, scope, problems } = input;
  const read = readMapping(
    objectShape,
    raw,
    { label, at, head, explain: explainFor('object', input) },
    problems,
  );
  const fields = input.readFields(raw['fields'], [...at, 'fields'], scope, { label, head, level: 'inner' });
  const options = readJsonObject(raw['options'], [...at, 'options'], 'options', label, problems);
  return read === null ? null : { kind: 'object', name, at, fields, options };
}

/** A point of two columns, or of one. */
export function readGeo(input: FieldInput): GeoField | null {
  const { raw, at, name, label, head, problems } = input;
  const read = readMapping(geoShape, raw, { label, at, head, explain: explainFor('geo', input) }, problems);
  const options = readJsonObject(raw['options'], [...at, 'options'], 'options', label, problems);
  if (read === null) return null;
  const { lat, lon, column, required = false } = read;
  const base = { kind: 'geo', name, at, required, options } as const;
  if (lat === undefined && lon === undefined) {
    return { ...base, source: { kind: 'column', column: column ?? name } };
  }
  if (column !== undefined) {
    problems.report({
      at: [...at, 'column'],
      part: 'key',
      message: `${label} has both \`column\` and \`${lat === undefined ? 'lon' : 'lat'}\`.`,
      hint: 'Use `lat` and `lon` for two coordinate columns, `column` for one that holds the whole point.',
    });
    return null;
  }
  if (lat === undefined || lon === undefined) {
    const [given, missing] = lat === undefined ? ['lon', 'lat'] : ['lat', 'lon'];
    problems.report({
      ...head,
      message: `${label} has \`${given}\` but no \`${missing}\`.`,
      hint: `Add \`${missing}\`, the column of the other coordinate.`,
    });
    return null;
  }
  return { ...base, source: { kind: 'coordinates', lat, lon } };
}

const notInMaps: ReadonlySet<ScalarType> = new Set(['binary', 'json', 'custom']);

/** A json object whose keys are not known beforehand. */
export function readMap(input: FieldInput): MapField | null {
  const { raw, at, name, label, head, problems } = input;
  const read = readMapping(mapShape, raw, { label, at, head, explain: explainFor('map', input) }, problems);
  const options = readJsonObject(raw['options'], [...at, 'options'], 'options', label, problems);
  if (read === null) return null;
  if (notInMaps.has(read.values)) {
    problems.report({
      at: [...at, 'values'],
      message: `${label}: the values of a map cannot be \`${read.values}\`.`,
      hint: 'Use the type of one value: a text, number, boolean, date or timestamp type. For others make the field `json` instead of `map`.',
    });
    return null;
  }
  return {
    kind: 'map',
    name,
    at,
    column: read.column ?? name,
    values: read.values,
    required: read.required ?? false,
    options,
  };
}
