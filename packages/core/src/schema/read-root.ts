import { suggest } from '../config/suggest.ts';
import type { Field, IndexSchema, SoftDelete } from '../contracts/index.ts';
import { describeValue, enumerate, quoteName } from './describe-value.ts';
import type { Problems } from './problems.ts';
import { readFields } from './read-fields.ts';
import { readFilters } from './read-filters.ts';
import { readJsonObject } from './read-json.ts';
import { isMapping, type KeyWords, readMapping } from './read-mapping.ts';
import { fieldTypeNames, rootShape, softDeleteShape } from './shapes.ts';

type Mapping = Readonly<Record<string, unknown>>;

const label = 'The schema';

/** The whole file; null where anything is wrong, which is reported. */
export function readRoot(raw: unknown, index: string, problems: Problems): IndexSchema | null {
  if (!isMapping(raw)) {
    problems.report({
      at: [],
      message: `A schema file must be a mapping, found ${describeValue(raw)}.`,
      hint: 'Begin with `version: 1`, `table: …` and `fields:`.',
    });
    return null;
  }
  const read = readMapping(rootShape, raw, { label, at: [], explain: explainRootKey }, problems);
  const table = {
    schema: typeof raw['schema'] === 'string' ? raw['schema'] : 'public',
    name: typeof raw['table'] === 'string' ? raw['table'] : '',
  };
  const filters = readFilters(raw['filters'], ['filters'], '`filters`', problems);
  const fields = readFields(
    raw['fields'],
    ['fields'],
    { table, key: read?.primary_key ?? null },
    { label, head: { at: [] }, level: 'root' },
    problems,
  );
  const softDelete = readSoftDelete(raw, fields, problems);
  const settings = readJsonObject(raw['settings'], ['settings'], 'settings', label, problems);
  if (read === null || problems.any()) return null;
  return {
    index,
    table,
    primaryKey: read.primary_key ?? null,
    docId: read.doc_id ?? null,
    routing: read.routing ?? null,
    softDelete,
    filters,
    fields,
    settings,
    at: [],
  };
}

function explainRootKey(key: string): KeyWords | null {
  if (!fieldTypeNames.includes(key)) return null;
  return {
    message: `${label} has no key ${quoteName(key)}.`,
    hint: `It is a field type: put it into \`fields\`, as in \`fields: [{ ${key}: … }]\`.`,
    instead: null,
  };
}

function readSoftDelete(raw: Mapping, fields: readonly Field[], problems: Problems): SoftDelete | null {
  const value = raw['soft_delete'];
  const at = ['soft_delete'];
  if (value === undefined || value === null) return null;
  if (!isMapping(value)) {
    problems.report({
      at,
      message: `\`soft_delete\` must be a mapping, found ${describeValue(value)}.`,
      hint: `Write \`soft_delete: { column: ${typeof value === 'string' ? value : 'deleted_at'} }\`.`,
    });
    return null;
  }
  const head = { at, part: 'key' } as const;
  const read = readMapping(softDeleteShape, value, { label: '`soft_delete`', at, head }, problems);
  const when = readFilters(value['when'], [...at, 'when'], '`soft_delete`: `when`', problems);
  if (read === null) return null;
  if (read.column !== undefined && read.field !== undefined) {
    problems.report({
      at: [...at, 'field'],
      part: 'key',
      message: '`soft_delete` has both `column` and `field`.',
      hint: 'Keep `column` (a column of the table) or `field` (a document key whose column it is).',
    });
    return null;
  }
  if (read.column !== undefined) return { column: read.column, when, at };
  if (read.field === undefined) {
    problems.report({
      ...head,
      message: '`soft_delete` needs `column` or `field`.',
      hint: 'Write `soft_delete: { column: deleted_at }`: NULL and false are alive, any other value is deleted.',
    });
    return null;
  }
  const column = columnOfField(read.field, raw, fields, problems);
  return column === null ? null : { column, when, at };
}

/** The column behind a document key of the root. */
function columnOfField(
  name: string,
  raw: Mapping,
  fields: readonly Field[],
  problems: Problems,
): string | null {
  const at = ['soft_delete', 'field'];
  const field = fields.find((candidate) => candidate.name === name);
  if (field?.kind === 'scalar') return field.column;
  if (field !== undefined) {
    problems.report({
      at,
      message: `\`soft_delete\`: the field ${quoteName(name)} has no column of its own.`,
      hint: 'Name a scalar field, or write `column` with a column of the table.',
    });
    return null;
  }
  const written = documentKeys(raw['fields']);
  // A field that is there but wrong was reported where it stands.
  if (written.includes(name)) return null;
  const near = suggest(name, written);
  problems.report({
    at,
    message: `\`soft_delete\`: there is no field ${quoteName(name)}.`,
    hint:
      near === null
        ? `Write \`column\` for a column that the document does not show. Fields: ${enumerate(written.slice(0, 12).map(quoteName))}.`
        : `Did you mean ${quoteName(near)}? For a column that the document does not show, write \`column\`.`,
  });
  return null;
}

/** The document keys of the root as written, of wrong fields too. */
function documentKeys(raw: unknown): readonly string[] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((item: unknown) =>
    isMapping(item)
      ? Object.entries(item).flatMap(([key, value]) =>
          fieldTypeNames.includes(key) && typeof value === 'string' ? [value] : [],
        )
      : [],
  );
}
