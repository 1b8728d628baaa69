import type { AggregateField, Field, GeoField, JoinField, MapField, ScalarField } from '@sluice/core';
import { type CatalogColumn, isUnique, tableLabel } from '@sluice/postgres';
import type {
  BoundAggregate,
  BoundField,
  BoundGeoSource,
  BoundJoin,
  BoundOrder,
  BoundRelation,
} from '../bound.ts';
import type { FilterProbe } from './filters.ts';
import { bindRelation, type NearSide } from './relations.ts';
import { type BindContext, bindColumn } from './tables.ts';
import { hasExtremes, isInteger, isNumeric, isOrdered, typeLabel, typeProblem } from './types.ts';

/** The fields of an object made of a row of `near`. What is wrong is reported and left out. */
export function bindFields(
  context: BindContext,
  near: NearSide,
  fields: readonly Field[],
  probes: FilterProbe[],
): readonly BoundField[] {
  return fields.map((field) => bindField(context, near, field, probes)).filter((field) => field !== null);
}

function bindField(
  context: BindContext,
  near: NearSide,
  field: Field,
  probes: FilterProbe[],
): BoundField | null {
  switch (field.kind) {
    case 'scalar':
      return bindScalar(context, near, field);
    case 'constant':
      return { kind: 'constant', name: field.name, value: field.value };
    case 'object':
      return { kind: 'object', name: field.name, fields: bindFields(context, near, field.fields, probes) };
    case 'geo':
      return bindGeo(context, near, field);
    case 'map':
      return bindMap(context, near, field);
    case 'join':
      return bindJoin(context, near, field, probes);
    case 'aggregate':
      return bindAggregate(context, near, field, probes);
  }
}

function bindScalar(context: BindContext, { table }: NearSide, field: ScalarField): BoundField | null {
  const { report } = context;
  const column = bindColumn(context, table, field.column, [...field.at, 'column']);
  if (column === null) return null;
  const problem = typeProblem(column, field.type, field.custom?.postgres ?? []);
  if (problem !== null) report.error('SLUICE_SCHEMA_TYPE', field.at, problem.message, problem.hint);
  if (field.required && field.default === null) reportNullable(context, column, tableLabel(table), field);
  return { kind: 'scalar', name: field.name, column, default: field.default, transforms: field.transforms };
}

function reportNullable({ report }: BindContext, column: CatalogColumn, table: string, { at }: Field): void {
  if (!column.nullable) return;
  report.error(
    'SLUICE_SCHEMA_NULLABLE',
    [...at, 'required'],
    `The field is required, but "${column.name}" of ${table} may be NULL.`,
    'Remove required, give the field a default, or set the column NOT NULL.',
  );
}

const coordinates: ReadonlySet<string> = new Set(['float4', 'float8', 'numeric', 'int2', 'int4', 'int8']);
const geoColumns: ReadonlySet<string> = new Set(['json', 'jsonb', 'text', 'varchar', 'bpchar', 'point']);

function bindGeo(context: BindContext, { table }: NearSide, field: GeoField): BoundField | null {
  const { at, source, required } = field;
  const bind = (name: string, key: string, types: ReadonlySet<string>): CatalogColumn | null => {
    const column = bindColumn(context, table, name, [...at, key]);
    if (column === null) return null;
    if (required) reportNullable(context, column, tableLabel(table), field);
    if (types.has(column.type.name) && !column.array) return column;
    context.report.error(
      'SLUICE_SCHEMA_TYPE',
      [...at, key],
      `Column "${name}" is ${typeLabel(column)}, which ${key} of a geo field cannot be.`,
      `It can be ${[...types].join(', ')}.`,
    );
    return null;
  };
  let bound: BoundGeoSource | null = null;
  if (source.kind === 'column') {
    const column = bind(source.column, 'column', geoColumns);
    if (column !== null) bound = { kind: 'column', column };
  } else {
    const lat = bind(source.lat, 'lat', coordinates);
    const lon = bind(source.lon, 'lon', coordinates);
    if (lat !== null && lon !== null) bound = { kind: 'coordinates', lat, lon };
  }
  return bound === null ? null : { kind: 'geo', name: field.name, source: bound };
}

function bindMap(context: BindContext, { table }: NearSide, field: MapField): BoundField | null {
  const column = bindColumn(context, table, field.column, [...field.at, 'column']);
  if (column === null) return null;
  if (field.required) reportNullable(context, column, tableLabel(table), field);
  if ((column.type.name !== 'json' && column.type.name !== 'jsonb') || column.array) {
    context.report.error(
      'SLUICE_SCHEMA_TYPE',
      field.at,
      `Column "${column.name}" is ${typeLabel(column)}, and a map is made of json or jsonb.`,
    );
    return null;
  }
  return { kind: 'map', name: field.name, column, values: field.values };
}

function bindJoin(
  context: BindContext,
  near: NearSide,
  field: JoinField,
  probes: FilterProbe[],
): BoundJoin | null {
  const relation = bindRelation(context, near, field.relation, field.at, probes);
  if (relation === null) return null;
  const { table, key } = relation;
  const orderBy = field.orderBy
    .map(({ column: name, direction, nulls, at }): BoundOrder | null => {
      const column = bindColumn(context, table, name, [...at, 'column']);
      if (column === null) return null;
      if (isOrdered(column)) return { column, direction, nulls };
      context.report.error('SLUICE_SCHEMA_TYPE', at, `Rows cannot be ordered by ${typeLabel(column)}.`);
      return null;
    })
    .filter((order) => order !== null);
  if (!isSingle(relation)) reportTies(context, relation, field);
  reportMissing(context, near, relation, field);
  const side: NearSide = { table, key: key.length === 0 ? null : key };
  const fields = bindFields(context, side, field.fields, probes);
  return { kind: 'join', name: field.name, relation, fields, orderBy, limit: field.limit };
}

function isSingle({ through, table, pairs, join }: BoundRelation): boolean {
  const toOne = join === 'belongs_to' || join === 'has_one';
  return (
    toOne &&
    through === null &&
    isUnique(
      table,
      pairs.map(({ right }) => right.name),
    )
  );
}

/** Rows without a key have no order of their own: the same rows would give other bytes each time. */
function reportTies({ report }: BindContext, { table, key }: BoundRelation, { at }: Field): void {
  if (key.length === 0) {
    report.error(
      'SLUICE_SCHEMA_KEY',
      at,
      `${tableLabel(table)} has no primary key, so its rows have no certain order.`,
      'Give the table a primary key, or name unique columns with primary_key.',
    );
  } else if (
    !isUnique(
      table,
      key.map(({ name }) => name),
    )
  ) {
    report.warning(
      'SLUICE_SCHEMA_KEY',
      [...at, 'primary_key'],
      `No unique index says that (${key.map(({ name }) => name).join(', ')}) tells the rows of ${tableLabel(table)} apart: rows that are equal in them have no certain order.`,
    );
  }
}

function reportMissing(
  { report }: BindContext,
  near: NearSide,
  { join, pairs }: BoundRelation,
  field: JoinField,
): void {
  if (!field.required || join !== 'belongs_to') return;
  const nullable = pairs.find(({ left }) => left.nullable);
  if (nullable === undefined) return;
  report.warning(
    'SLUICE_SCHEMA_NULLABLE',
    [...field.at, 'required'],
    `The join is required, but "${nullable.left.name}" of ${tableLabel(near.table)} may be NULL: such documents have null here.`,
  );
}

function bindAggregate(
  context: BindContext,
  near: NearSide,
  field: AggregateField,
  probes: FilterProbe[],
): BoundAggregate | null {
  const relation = bindRelation(context, near, field.relation, field.at, probes);
  if (relation === null) return null;
  const { name, function: aggregate } = field;
  if (aggregate === 'count') return { kind: 'aggregate', name, function: aggregate, relation, column: null };
  if (aggregate === 'ids') return bindIds(context, relation, field);
  if (field.column === null) {
    context.report.error('SLUICE_SCHEMA_INVALID', field.at, `${aggregate} needs a column.`);
    return null;
  }
  const column = bindColumn(context, relation.table, field.column, [...field.at, 'column']);
  if (column === null) return null;
  const problem = aggregateProblem(field, column);
  if (problem !== null) {
    context.report.error('SLUICE_SCHEMA_TYPE', [...field.at, problem.key], problem.message, problem.hint);
    return null;
  }
  return { kind: 'aggregate', name, function: aggregate, relation, column };
}

function bindIds(
  context: BindContext,
  relation: BoundRelation,
  field: AggregateField,
): BoundAggregate | null {
  const [id, second] = relation.key;
  if (id === undefined || second !== undefined) {
    context.report.error(
      'SLUICE_SCHEMA_KEY',
      field.at,
      `ids needs a related table with a key of one column; ${tableLabel(relation.table)} has ${relation.key.length}.`,
      'Name the column with primary_key.',
    );
    return null;
  }
  const problem = typeProblem(id, field.valueType, []);
  if (problem !== null) {
    context.report.error('SLUICE_SCHEMA_TYPE', [...field.at, 'element_type'], problem.message, problem.hint);
  }
  return { kind: 'aggregate', name: field.name, function: 'ids', relation, column: null };
}

interface AggregateProblem {
  readonly key: string;
  readonly message: string;
  readonly hint?: string;
}

const whole: ReadonlySet<string> = new Set(['short', 'integer', 'long']);

function aggregateProblem(field: AggregateField, column: CatalogColumn): AggregateProblem | null {
  const of = `"${column.name}" is ${typeLabel(column)}`;
  if (field.function === 'min' || field.function === 'max') {
    if (!hasExtremes(column)) return { key: 'column', message: `${of}, which has no ${field.function}.` };
    const problem = typeProblem(column, field.valueType, [column.type.name]);
    return problem === null ? null : { key: 'value_type', ...problem };
  }
  if (!isNumeric(column)) return { key: 'column', message: `${field.function} needs numbers, and ${of}.` };
  if (field.function === 'sum' && whole.has(field.valueType) && !isInteger(column)) {
    return {
      key: 'value_type',
      message: `${of}, and its sum does not fit ${field.valueType}.`,
      hint: 'Use decimal or double.',
    };
  }
  if (field.function === 'sum' && !isNumberType(field.valueType)) {
    return {
      key: 'value_type',
      message: `A sum is a number, and ${field.valueType} is none.`,
      hint: 'Use long, decimal or double.',
    };
  }
  return null;
}

function isNumberType(type: AggregateField['valueType']): boolean {
  return whole.has(type) || ['float', 'double', 'decimal', 'custom'].includes(type);
}
