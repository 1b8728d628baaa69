import type { RequiredTable, TableRole, TableUse } from '@sluice/core';
import type { CatalogColumn, CatalogTable } from '@sluice/postgres';
import type { BoundField, BoundFilter, BoundIndex, BoundRelation } from '../bound.ts';

interface Entry {
  readonly table: CatalogTable;
  readonly links: Set<string>;
  readonly watched: Set<string>;
  readonly uses: TableUse[];
}

/** What the index needs a capture to report, one entry per table, in the order of first use. */
export function requiredTables(index: BoundIndex): readonly RequiredTable[] {
  const needs = new Needs(index.schema.index);
  const { root, key, docId, routing, softDelete } = index;
  const place = [...key, ...docId, ...(routing === null ? [] : [routing])];
  needs.use(root, 'root', '');
  needs.link(root, place);
  needs.watchFilters(root, index.filters);
  if (softDelete !== null) {
    needs.watch(root, [softDelete.column]);
    needs.watchFilters(root, softDelete.when);
  }
  addFields(needs, root, index.fields, []);
  return needs.tables();
}

class Needs {
  readonly #index: string;
  readonly #entries = new Map<string, Entry>();

  constructor(index: string) {
    this.#index = index;
  }

  use(table: CatalogTable, role: TableRole, field: string): void {
    this.#entry(table).uses.push({ index: this.#index, role, field });
  }

  link(table: CatalogTable, columns: readonly CatalogColumn[]): void {
    for (const { name } of columns) this.#entry(table).links.add(name);
    this.watch(table, columns);
  }

  watch(table: CatalogTable, columns: readonly CatalogColumn[]): void {
    for (const { name } of columns) this.#entry(table).watched.add(name);
  }

  watchFilters(table: CatalogTable, filters: readonly BoundFilter[]): void {
    for (const filter of filters) this.watch(table, filter.kind === 'raw' ? filter.columns : [filter.column]);
  }

  tables(): readonly RequiredTable[] {
    return [...this.#entries.values()].map(({ table, links, watched, uses }) => ({
      table: { schema: table.schema, name: table.name },
      key: table.primaryKey ?? [],
      links: inTableOrder(table, links),
      watched: inTableOrder(table, watched),
      uses,
    }));
  }

  #entry(table: CatalogTable): Entry {
    let entry = this.#entries.get(table.oid);
    if (entry === undefined) {
      entry = { table, links: new Set(), watched: new Set(), uses: [] };
      this.#entries.set(table.oid, entry);
    }
    return entry;
  }
}

function addFields(
  needs: Needs,
  table: CatalogTable,
  fields: readonly BoundField[],
  above: readonly string[],
): void {
  for (const field of fields) {
    const path = [...above, field.name];
    switch (field.kind) {
      case 'constant':
        break;
      case 'scalar':
      case 'map':
        needs.watch(table, [field.column]);
        break;
      case 'geo':
        needs.watch(
          table,
          field.source.kind === 'column' ? [field.source.column] : [field.source.lat, field.source.lon],
        );
        break;
      case 'object':
        addFields(needs, table, field.fields, path);
        break;
      case 'aggregate':
        addRelation(needs, table, field.relation, path.join('.'));
        if (field.column !== null) needs.watch(field.relation.table, [field.column]);
        break;
      case 'join':
        addRelation(needs, table, field.relation, path.join('.'));
        needs.watch(
          field.relation.table,
          field.orderBy.map(({ column }) => column),
        );
        addFields(needs, field.relation.table, field.fields, path);
        break;
    }
  }
}

/** A link is what leads from a changed row to the row above it, as it was and as it became. */
function addRelation(needs: Needs, near: CatalogTable, relation: BoundRelation, field: string): void {
  const { join, table, pairs, through, key, filters } = relation;
  const role: TableRole = join === 'has_one' || join === 'has_many' ? 'child' : 'parent';
  needs.watch(
    near,
    pairs.map(({ left }) => left),
  );
  needs.use(table, role, field);
  needs.watch(table, key);
  needs.watchFilters(table, filters);
  if (through === null) {
    needs.link(
      table,
      pairs.map(({ right }) => right),
    );
    return;
  }
  needs.link(
    table,
    through.pairs.map(({ right }) => right),
  );
  needs.use(through.table, 'junction', field);
  needs.link(
    through.table,
    pairs.map(({ right }) => right),
  );
  needs.watch(
    through.table,
    through.pairs.map(({ left }) => left),
  );
}

function inTableOrder(table: CatalogTable, names: ReadonlySet<string>): readonly string[] {
  return [...table.columns.keys()].filter((name) => names.has(name));
}
