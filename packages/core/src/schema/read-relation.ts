import type { Relation, SourcePath, TableName, Through } from '../contracts/index.ts';
import { describeValue, enumerate } from './describe-value.ts';
import type { FieldInput } from './field-input.ts';
import { isMapping, readMapping } from './read-mapping.ts';
import { throughShape } from './shapes.ts';

/** The related table: in the schema of the table it hangs on, unless it says else. */
export function relatedTable(input: FieldInput): TableName {
  const { table, schema } = input.raw;
  return {
    schema: typeof schema === 'string' ? schema : input.scope.table.schema,
    name: typeof table === 'string' ? table : '',
  };
}

/** The junction; null where it is missing (not reported) or wrong (reported). */
export function readThrough(input: FieldInput, related: TableName): Through | null {
  const { raw, label, problems } = input;
  const at: SourcePath = [...input.at, 'through'];
  const through = raw['through'];
  if (through === undefined || through === null) return null;
  if (!isMapping(through)) {
    problems.report({
      at,
      message: `${label}: \`through\` must be a mapping, found ${describeValue(through)}.`,
      hint: `Write \`through: { table: ${typeof through === 'string' ? through : 'post_tags'}, left_key: …, right_key: … }\`, \`left_key\` naming this row and \`right_key\` the related one.`,
    });
    return null;
  }
  const read = readMapping(
    throughShape,
    through,
    { label: `${label}: \`through\``, at, head: { at, part: 'key' } },
    problems,
  );
  if (read === null) return null;
  return {
    table: { schema: read.schema ?? related.schema, name: read.table },
    leftKey: read.left_key,
    rightKey: read.right_key,
    at,
  };
}

/** As many columns on both sides, as far as the file tells. */
export function checkKeys(relation: Relation, input: FieldInput): void {
  const { at, scope } = input;
  const here = relation.references ?? scope.key;
  const hereKey = relation.references === null ? 'the `primary_key` of this table' : '`references`';
  if (relation.through !== null) {
    const { leftKey, rightKey } = relation.through;
    checkPairs(
      input,
      [...at, 'through', 'left_key'],
      { key: '`left_key`', columns: leftKey },
      { key: hereKey, columns: here },
    );
    checkPairs(
      input,
      [...at, 'through', 'right_key'],
      { key: '`right_key`', columns: rightKey },
      { key: '`primary_key`', columns: relation.primaryKey },
    );
    return;
  }
  if (relation.join === 'belongs_to') {
    checkPairs(
      input,
      at,
      { key: '`column`', columns: relation.columns },
      {
        key: relation.references === null ? '`primary_key`' : '`references`',
        columns: relation.references ?? relation.primaryKey,
      },
    );
    return;
  }
  checkPairs(
    input,
    [...at, 'foreign_key'],
    { key: '`foreign_key`', columns: relation.columns },
    { key: hereKey, columns: here },
  );
}

/**
 * Columns that are matched in order must be as many on both sides. `theirs` null: only the
 * database knows.
 */
function checkPairs(
  input: FieldInput,
  at: SourcePath,
  ours: { readonly key: string; readonly columns: readonly string[] },
  theirs: { readonly key: string; readonly columns: readonly string[] | null },
): void {
  if (theirs.columns === null || ours.columns.length === theirs.columns.length) return;
  input.problems.report({
    at,
    message: `${input.label}: ${shown(ours.key, ours.columns)} and ${shown(theirs.key, theirs.columns)} do not match in number.`,
    hint: 'Each column names the one at the same place on the other side: list as many, in the same order.',
  });
}

function shown(key: string, columns: readonly string[]): string {
  return `${key} (${enumerate(columns.slice(0, 6))})`;
}
