import type { DocumentKey } from '@sluice/core';
import type { BoundIndex } from '../bound.ts';
import { encodeId } from '../document-id.ts';
import { canonicalKeyText } from '../key-text.ts';
import { type LinkPath, linkPaths } from '../link-paths.ts';
import type { Row } from '../session.ts';
import {
  absentStatement,
  buildStatement,
  lastWriterStatement,
  locateStatement,
  type PageShape,
  placesPageStatement,
  scanStatement,
} from '../sql/statements.ts';
import { PageSize } from './page-size.ts';

/** An index with its statements, made once at bind. */
export interface CompiledIndex {
  readonly bound: BoundIndex;
  readonly name: string;
  readonly build: string;
  readonly absent: string;
  /** The same with each row looked up by itself, to find one that fails. */
  readonly each: { readonly build: string; readonly absent: string };
  readonly locate: string;
  readonly lastWriter: string;
  readonly scan: (shape: PageShape) => string;
  /** As `scan`, of every row, live or not, without the body. */
  readonly places: (shape: PageShape) => string;
  readonly paths: readonly LinkPath[];
  /** What scans have learnt of the documents' size. */
  readonly pages: PageSize;
}

export function compileIndex(bound: BoundIndex): CompiledIndex {
  return {
    bound,
    name: bound.schema.index,
    build: buildStatement(bound),
    absent: absentStatement(bound),
    each: { build: buildStatement(bound, 'each'), absent: absentStatement(bound, 'each') },
    locate: locateStatement(bound),
    lastWriter: lastWriterStatement(bound),
    scan: eachShape((shape) => scanStatement(bound, shape)),
    places: eachShape((shape) => placesPageStatement(bound, shape)),
    paths: linkPaths(bound),
    pages: new PageSize(),
  };
}

/** Makes the statement of every shape at once. */
function eachShape(statement: (shape: PageShape) => string): (shape: PageShape) => string {
  const made = [false, true].map((from) => [false, true].map((to) => statement({ from, to })));
  return ({ from, to }) => made[Number(from)]?.[Number(to)] ?? '';
}

/** The place that cells of id columns and routing name; null where the cells are those of no row. */
export function placeOf(
  { bound }: CompiledIndex,
  row: Row,
  at: number,
): { readonly values: readonly string[]; readonly id: string; readonly routing: string | null } | null {
  const values: string[] = [];
  for (const [offset, column] of bound.docId.entries()) {
    const cell = row[at + offset];
    if (cell == null) return null;
    values.push(canonicalKeyText(cell, column));
  }
  const routing = row[at + bound.docId.length] ?? null;
  return {
    values,
    id: encodeId(values),
    routing: routing === null || bound.routing === null ? null : canonicalKeyText(routing, bound.routing),
  };
}

/** Key cells followed by place cells, as scan and resolve statements give them; null for no row. */
export function documentKeyOf(index: CompiledIndex, row: Row, at: number): DocumentKey | null {
  const { key } = index.bound;
  const values: string[] = [];
  for (const [offset, column] of key.entries()) {
    const cell = row[at + offset];
    if (cell == null) return null;
    values.push(canonicalKeyText(cell, column));
  }
  const place = placeOf(index, row, at + key.length);
  return place === null ? null : { key: values, id: place.id, routing: place.routing };
}
