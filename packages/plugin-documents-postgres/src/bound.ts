import type {
  AggregateField,
  ConstantField,
  FilterOperator,
  FilterValue,
  IndexSchema,
  JoinType,
  MapField,
  OrderBy,
  ScalarField,
} from '@sluice/core';
import type { CatalogColumn, CatalogTable } from '@sluice/postgres';

/** An index's schema with every name replaced by what the catalog says of it. */
export interface BoundIndex {
  readonly schema: IndexSchema;
  readonly root: CatalogTable;
  readonly key: readonly CatalogColumn[];
  /** The columns that make the `_id`: what a document is looked up by. */
  readonly docId: readonly CatalogColumn[];
  readonly routing: CatalogColumn | null;
  readonly softDelete: { readonly column: CatalogColumn; readonly when: readonly BoundFilter[] } | null;
  readonly filters: readonly BoundFilter[];
  readonly fields: readonly BoundField[];
}

export type BoundFilter =
  | {
      readonly kind: 'column';
      readonly column: CatalogColumn;
      readonly op: FilterOperator;
      readonly values: readonly FilterValue[];
    }
  | { readonly kind: 'raw'; readonly sql: string; readonly columns: readonly CatalogColumn[] };

/** `left` is a column of the nearer side, `right` the one of the farther side that equals it. */
export interface ColumnPair {
  readonly left: CatalogColumn;
  readonly right: CatalogColumn;
}

export interface BoundRelation {
  readonly join: JoinType;
  /** The related table. */
  readonly table: CatalogTable;
  /** This side with the related table, or with the junction of a many_to_many. */
  readonly pairs: readonly ColumnPair[];
  readonly through: BoundJunction | null;
  /** The related table's key: orders arrays and breaks ties. */
  readonly key: readonly CatalogColumn[];
  readonly filters: readonly BoundFilter[];
}

export interface BoundJunction {
  readonly table: CatalogTable;
  /** The junction with the related table. */
  readonly pairs: readonly ColumnPair[];
  /** A pair of rows is joined at most once. */
  readonly unique: boolean;
}

export interface BoundOrder {
  readonly column: CatalogColumn;
  readonly direction: OrderBy['direction'];
  readonly nulls: OrderBy['nulls'];
}

export interface BoundJoin {
  readonly kind: 'join';
  readonly name: string;
  readonly relation: BoundRelation;
  readonly fields: readonly BoundField[];
  readonly orderBy: readonly BoundOrder[];
  readonly limit: number | null;
}

export interface BoundAggregate {
  readonly kind: 'aggregate';
  readonly name: string;
  readonly function: AggregateField['function'];
  readonly relation: BoundRelation;
  /** null for count and ids. */
  readonly column: CatalogColumn | null;
}

export type BoundGeoSource =
  | { readonly kind: 'coordinates'; readonly lat: CatalogColumn; readonly lon: CatalogColumn }
  | { readonly kind: 'column'; readonly column: CatalogColumn };

export type BoundField =
  | {
      readonly kind: 'scalar';
      readonly name: string;
      readonly column: CatalogColumn;
      readonly default: ScalarField['default'];
      readonly transforms: ScalarField['transforms'];
    }
  | { readonly kind: 'constant'; readonly name: string; readonly value: ConstantField['value'] }
  | { readonly kind: 'object'; readonly name: string; readonly fields: readonly BoundField[] }
  | { readonly kind: 'geo'; readonly name: string; readonly source: BoundGeoSource }
  | {
      readonly kind: 'map';
      readonly name: string;
      readonly column: CatalogColumn;
      readonly values: MapField['values'];
    }
  | BoundJoin
  | BoundAggregate;
