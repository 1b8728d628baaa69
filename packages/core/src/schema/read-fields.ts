import { suggest } from '../config/suggest.ts';
import type { AggregateFunction, Field, JoinType, ScalarType, SourcePath } from '../contracts/index.ts';
import { describeValue, enumerate, quoteName } from './describe-value.ts';
import { wrongDocumentKey } from './document-keys.ts';
import type { FieldInput, Owner, Scope } from './field-input.ts';
import { lookUp } from './look-up.ts';
import type { Problems } from './problems.ts';
import { readAggregate } from './read-aggregate.ts';
import { readJoin } from './read-join.ts';
import { isMapping } from './read-mapping.ts';
import { readConstant, readGeo, readMap, readObject } from './read-plain-fields.ts';
import { readScalar } from './read-scalar.ts';
import { aggregateShapes, fieldTypeNames, joinShapes, scalarShapes, siblingsOf } from './shapes.ts';
import { unsupportedTypes } from './unsupported.ts';

const example = '`- keyword: email`';

/** How Postgres, OpenSearch and others call what is a type here. */
const otherSpellings: Readonly<Record<string, string>> = {
  string: 'keyword',
  varchar: 'text',
  char: 'keyword',
  bool: 'boolean',
  smallint: 'short',
  int2: 'short',
  int: 'integer',
  int4: 'integer',
  serial: 'integer',
  bigint: 'long',
  int8: 'long',
  bigserial: 'long',
  real: 'float',
  float4: 'float',
  float8: 'double',
  number: 'double',
  numeric: 'decimal',
  money: 'decimal',
  scaled_float: 'decimal',
  datetime: 'timestamp',
  timestamptz: 'timestamp',
  bytea: 'binary',
  jsonb: 'json',
  flat_object: 'json',
  geo_point: 'geo',
  point: 'geo',
  nested: 'has_many',
  group: 'object',
  average: 'avg',
};

/** A list of fields; what is wrong with one does not hide the others. */
export function readFields(
  raw: unknown,
  at: SourcePath,
  scope: Scope,
  owner: Owner,
  problems: Problems,
): readonly Field[] {
  if (raw === undefined || raw === null) {
    problems.report({
      ...owner.head,
      message: `${owner.label} needs \`fields\`.`,
      hint: `List what the document holds, such as ${example}.`,
    });
    return [];
  }
  if (!Array.isArray(raw)) {
    const first = isMapping(raw) ? Object.keys(raw)[0] : undefined;
    problems.report({
      at,
      message: `${owner.label}: \`fields\` must be a list, found ${describeValue(raw)}.`,
      hint: `Each field is an item \`- <type>: <document key>\`, such as \`- keyword: ${first ?? 'email'}\`.`,
    });
    return [];
  }
  if (raw.length === 0) {
    problems.report({
      at,
      message: `${owner.label} has no fields.`,
      hint: `List at least one, such as ${example}.${owner.level === 'root' ? '' : ' To know only how many rows there are, use `count`.'}`,
    });
    return [];
  }
  const used = new Map<string, SourcePath>();
  return raw.flatMap((item: unknown, index) => {
    const field = readField(item, [...at, index], scope, owner, used, problems);
    return field === null ? [] : [field];
  });
}

function readField(
  raw: unknown,
  at: SourcePath,
  scope: Scope,
  owner: Owner,
  used: Map<string, SourcePath>,
  problems: Problems,
): Field | null {
  if (!isMapping(raw)) {
    problems.report({
      at,
      message: `A field must be a mapping, found ${describeValue(raw)}.`,
      hint: `Write its type first: \`- keyword: ${typeof raw === 'string' ? raw : 'email'}\`.`,
    });
    return null;
  }
  const type = readType(raw, at, problems);
  if (type === null) {
    // The fields inside may have mistakes of their own worth showing now.
    if (Array.isArray(raw['fields'])) {
      const inner = { label: 'The field', head: { at }, level: 'inner' } as const;
      readFields(raw['fields'], [...at, 'fields'], scope, inner, problems);
    }
    return null;
  }
  const name = readName(raw[type], type, [...at, type], owner.level, used, problems);
  const label = typeof raw[type] === 'string' ? `\`${type}: ${bare(raw[type])}\`` : `\`${type}\``;
  const { [type]: _, ...siblings } = raw;
  const field = readByType(type, {
    raw: siblings,
    at,
    name: name ?? '',
    label,
    head: { at: [...at, type], part: 'key' },
    scope,
    problems,
    readFields: (inner, place, within, whose) => readFields(inner, place, within, whose, problems),
  });
  return name === null ? null : field;
}

/** A name for the middle of a quoted label. */
function bare(name: string): string {
  return quoteName(name).slice(1, -1);
}

function readByType(type: string, input: FieldInput): Field | null {
  if (isScalar(type)) return readScalar(type, input);
  if (isJoin(type)) return readJoin(type, input);
  if (isAggregate(type)) return readAggregate(type, input);
  switch (type) {
    case 'geo':
      return readGeo(input);
    case 'map':
      return readMap(input);
    case 'object':
      return readObject(input);
    default:
      return readConstant(input);
  }
}

function isScalar(type: string): type is ScalarType {
  return Object.hasOwn(scalarShapes, type);
}

function isJoin(type: string): type is JoinType {
  return Object.hasOwn(joinShapes, type);
}

function isAggregate(type: string): type is AggregateFunction {
  return Object.hasOwn(aggregateShapes, type);
}

/** The one type key; null where there is none or several, which is reported. */
function readType(raw: Readonly<Record<string, unknown>>, at: SourcePath, problems: Problems): string | null {
  const given = Object.keys(raw);
  const types = given.filter((key) => fieldTypeNames.includes(key));
  const [only, second] = types;
  if (only !== undefined && second === undefined) return only;
  if (second !== undefined) {
    problems.report({
      at: [...at, second],
      part: 'key',
      message: `A field has exactly one type, found ${enumerate(types.map(quoteName))}.`,
      hint: 'Keep one of them, or make another item of the list for the other.',
    });
    return null;
  }
  const later = given.find((key) => Object.hasOwn(unsupportedTypes, key));
  if (later !== undefined) {
    problems.report({
      at: [...at, later],
      part: 'key',
      message: `Fields of the type \`${later}\` are not supported yet.`,
      hint: lookUp(unsupportedTypes, later) ?? '',
    });
    return null;
  }
  problems.report(missingType(raw, given, at));
  return null;
}

function missingType(raw: Readonly<Record<string, unknown>>, given: readonly string[], at: SourcePath) {
  const found = given.length === 0 ? 'nothing' : enumerate(given.slice(0, 8).map(quoteName));
  // pgsync, Elasticsearch and others write `name` and `type`.
  if (typeof raw['type'] === 'string' && fieldTypeNames.includes(raw['type'])) {
    const name = ['name', 'field', 'column']
      .map((key) => raw[key])
      .find((value) => typeof value === 'string');
    return {
      at: [...at, 'type'],
      part: 'key' as const,
      message: `The type of a field is a key of its own, found ${found}.`,
      hint: `Write \`- ${raw['type']}: ${typeof name === 'string' ? name : 'email'}\`.`,
    };
  }
  const strange = given.find((key) => !fieldTypeNames.some((type) => siblingsOf(type).includes(key)));
  if (strange !== undefined) {
    const near = lookUp(otherSpellings, strange.toLowerCase()) ?? suggest(strange, fieldTypeNames);
    return {
      at: [...at, strange],
      part: 'key' as const,
      message: `There is no field type ${quoteName(strange)}${given.length > 1 ? `; the field has ${found}` : ''}.`,
      hint: near === null ? `Types: ${fieldTypeNames.join(', ')}.` : `Did you mean \`${near}\`?`,
    };
  }
  return {
    at,
    message: `A field needs a type, found ${found}.`,
    hint: `Write it first, as in ${example}. Types: ${fieldTypeNames.join(', ')}.`,
  };
}

function readName(
  raw: unknown,
  type: string,
  at: SourcePath,
  level: 'root' | 'inner',
  used: Map<string, SourcePath>,
  problems: Problems,
): string | null {
  if (typeof raw !== 'string') {
    const text = typeof raw === 'number' || typeof raw === 'boolean' ? `"${raw}"` : 'email';
    problems.report({
      at,
      message: `\`${type}\` must name the document key, found ${describeValue(raw)}.`,
      hint: `Write \`- ${type}: ${text}\`, its siblings below it.`,
    });
    return null;
  }
  const wrong = wrongDocumentKey(raw, level);
  if (wrong !== null) {
    problems.report({ at, ...wrong });
    return null;
  }
  const earlier = used.get(raw);
  if (earlier !== undefined) {
    problems.report({
      at,
      message: `The document key ${quoteName(raw)} is used twice.`,
      hint: `It is already there on line ${problems.line(earlier)}: rename one of the two.`,
    });
    return null;
  }
  used.set(raw, at);
  return raw;
}
