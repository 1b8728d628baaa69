import { type FileHandle, open } from 'node:fs/promises';
import type { Change, ChangeOperation, RequiredTable, RowValues } from '@sluice/core';

/** One changed row, as the application writes it. */
export interface JournalChange {
  readonly schema: string;
  readonly table: string;
  readonly operation: Exclude<ChangeOperation, 'resync'>;
  readonly before?: RowValues;
  readonly after?: RowValues;
}

/** One line: a transaction, or a part of one. */
export interface JournalEntry {
  /** `pg_current_xact_id()` of the transaction, as text. */
  readonly transaction: string;
  /** When it was written, in ms since the epoch. */
  readonly at: number;
  readonly changes: readonly JournalChange[];
  /** More lines of the same transaction follow. */
  readonly more?: true;
}

export interface JournalLine {
  readonly entry: JournalEntry;
  /** Where the line ends in the file. */
  readonly end: number;
  readonly bytes: number;
}

const chunkSize = 1 << 20;
const newline = 10;

/** The lines that are complete, from an offset on: about 1 MiB of them at most, but one at least. */
export async function readLines(file: string, offset: number): Promise<readonly JournalLine[]> {
  const handle = await openJournal(file);
  if (handle === null) return [];
  try {
    let text = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const { bytesRead } = await handle.read(chunk, 0, chunkSize, offset + text.length);
      text = Buffer.concat([text, chunk.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(newline);
      if (end >= 0) return parse(text.subarray(0, end + 1), offset);
      if (bytesRead === 0) return [];
    }
  } finally {
    await handle.close();
  }
}

/** Where the last complete line ends: what comes after it is being written. */
export async function endOfJournal(file: string): Promise<number> {
  const handle = await openJournal(file);
  if (handle === null) return 0;
  try {
    const { size } = await handle.stat();
    for (let to = size; to > 0; to -= Math.min(to, chunkSize)) {
      const from = Math.max(0, to - chunkSize);
      const chunk = Buffer.alloc(to - from);
      await handle.read(chunk, 0, chunk.length, from);
      const found = chunk.lastIndexOf(newline);
      if (found >= 0) return from + found + 1;
    }
    return 0;
  } finally {
    await handle.close();
  }
}

/** A change as the contract has it: of a required table, with its links only; null for another table's. */
export function toChange(change: JournalChange, tables: ReadonlyMap<string, RequiredTable>): Change | null {
  const required = tables.get(JSON.stringify([change.schema, change.table]));
  if (required === undefined) return null;
  const { before, after, operation } = change;
  return {
    table: required.table,
    operation,
    ...(before === undefined ? {} : { before: linksOf(before, required) }),
    ...(after === undefined ? {} : { after: linksOf(after, required) }),
  };
}

function linksOf(row: RowValues, { links }: RequiredTable): RowValues {
  return Object.fromEntries(Object.entries(row).filter(([column]) => links.includes(column)));
}

/** null: the application has written nothing yet. */
async function openJournal(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function parse(text: Buffer, offset: number): readonly JournalLine[] {
  const lines: JournalLine[] = [];
  for (let from = 0; from < text.length; ) {
    const to = text.indexOf(newline, from) + 1;
    const line = text.toString('utf8', from, to);
    if (line.trim() !== '') lines.push({ entry: JSON.parse(line), end: offset + to, bytes: to - from });
    from = to;
  }
  return lines;
}
