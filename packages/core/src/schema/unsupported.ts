/**
 * What the language knows of but this version cannot do yet: each with what to write instead.
 * Told apart from unknown names, so that nobody looks for a typing mistake.
 */
export const unsupportedTypes: Readonly<Record<string, string>> = {
  time: 'Use `custom` with `postgres: [time, timetz]` and `opensearch: keyword`.',
  ip: 'Use `custom` with `postgres: [inet]` and `opensearch: ip`.',
  range: 'Put the bounds into two generated columns and give each a field of its own.',
  vector:
    'Use `custom` over an array of real, with `opensearch: knn_vector` and `options: { dimension: … }`.',
  sql: 'Put the expression into a generated column and read that.',
  exists: 'Use `count`: it is 0 where there is no row.',
  collect: 'Use `has_many` with one field and `as: object`; a query reads it as `key.field`.',
  first: 'Use `has_one` with `order_by`, which picks the row.',
  last: 'Use `has_one` with `order_by` in descending order, which picks the row.',
};

export const unsupportedSiblings: Readonly<Record<string, string>> = {
  array: 'Leave it out: the values of an array column become an array by themselves.',
  flatten: 'Leave it out and use `as: object`; a query then reads `key.field`.',
  time_zone:
    'A timestamp without zone is taken as UTC. For another zone, read a generated timestamptz column.',
  distinct: 'Put the distinct values into a view or a column of their own.',
  unsafe: 'Only conditions that depend on nothing but the row are allowed.',
};

export const unsupportedFilters: Readonly<Record<string, string>> = {
  any: 'Use `raw` with OR: `{ raw: "status = \'paid\' OR total > 100", depends_on: [status, total] }`.',
  all: 'A list of filters is AND already: write them one below the other.',
  not: 'Use the opposite operator (`neq`, `not_in`, `is_not_null` …), or `raw` with NOT.',
};

const generatedColumn = 'Do it in a generated column and read that.';

export const unsupportedTransforms: Readonly<Record<string, string>> = {
  uppercase: generatedColumn,
  unaccent:
    'The analyzers of `text` and `identifier` ignore accents already; otherwise use a generated column.',
  strip_html: 'Use an analyzer with the `html_strip` filter through `options`.',
  truncate: generatedColumn,
  replace: generatedColumn,
  split: generatedColumn,
  concat: generatedColumn,
  map: generatedColumn,
  round: generatedColumn,
};
