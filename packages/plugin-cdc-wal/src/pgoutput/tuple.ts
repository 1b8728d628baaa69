import type { RowValues } from '@sluice/core';
import type { Projection } from './messages.ts';

/** Where the values of one row stand in a message. Reused from row to row. */
export class TupleOffsets {
  /** Of the value's first byte; `nullValue` or `unknownValue` where there is none. */
  starts: Int32Array = new Int32Array(64);
  ends: Int32Array = new Int32Array(64);
  count = 0;
}

const nullValue = -1;
const unknownValue = -2;

const kindNull = 0x6e;
const kindUnchanged = 0x75;
const kindText = 0x74;

/**
 * Finds the values of the TupleData at `offset`, skipping each by its length, and gives the offset
 * after it. Throws RangeError where the message ends too early or holds an unknown kind of value.
 */
export function readTuple(buffer: Buffer, offset: number, into: TupleOffsets): number {
  const count = buffer.readUInt16BE(offset);
  let at = offset + 2;
  if (count > into.starts.length) {
    into.starts = new Int32Array(count);
    into.ends = new Int32Array(count);
  }
  into.count = count;
  for (let column = 0; column < count; column += 1) {
    const kind = buffer.readUInt8(at);
    at += 1;
    if (kind === kindText) {
      const length = buffer.readInt32BE(at);
      at += 4;
      if (length < 0 || at + length > buffer.length)
        throw new RangeError('a value is longer than its message');
      into.starts[column] = at;
      at += length;
      into.ends[column] = at;
    } else if (kind === kindNull) into.starts[column] = nullValue;
    // A TOASTed value that did not change is not in the log: unknown, never NULL.
    else if (kind === kindUnchanged) into.starts[column] = unknownValue;
    else throw new RangeError(`a value has the unknown kind ${kind}`);
  }
  return at;
}

export interface ReadValues {
  readonly values: RowValues;
  readonly bytes: number;
}

/** What NULL means: in the key part of an old row it marks a column that was not logged. */
export type NullMeaning = 'null' | 'not-logged';

/** The links of a row as text; `bytes` is about what they hold in memory. */
export function readLinks(
  buffer: Buffer,
  tuple: TupleOffsets,
  names: readonly string[],
  projection: Projection,
  nulls: NullMeaning,
): ReadValues {
  const values: Record<string, string | null> = {};
  let bytes = 0;
  for (let column = 0; column < tuple.count; column += 1) {
    const name = names[column];
    const start = tuple.starts[column];
    if (projection.links[column] !== true || name === undefined || start === undefined) continue;
    if (start >= 0) {
      const end = tuple.ends[column] ?? start;
      define(values, name, buffer.toString('utf8', start, end));
      bytes += 48 + 2 * (end - start);
    } else if (start === nullValue && nulls === 'null') define(values, name, null);
  }
  return { values, bytes };
}

/** No watched column differs between an old and a new row that are both known entirely. */
export function sameWatched(
  buffer: Buffer,
  before: TupleOffsets,
  after: TupleOffsets,
  projection: Projection,
): boolean {
  if (before.count !== after.count) return false;
  for (let column = 0; column < after.count; column += 1) {
    if (projection.watched[column] !== true) continue;
    const old = before.starts[column] ?? unknownValue;
    const now = after.starts[column] ?? unknownValue;
    if (now === unknownValue) continue;
    if (old < 0 || now < 0) {
      if (old !== now) return false;
      continue;
    }
    const oldEnd = before.ends[column] ?? old;
    const nowEnd = after.ends[column] ?? now;
    if (buffer.compare(buffer, now, nowEnd, old, oldEnd) !== 0) return false;
  }
  return true;
}

/** Plain assignment, save for the one name that would set the object's prototype. */
function define(values: Record<string, string | null>, name: string, value: string | null): void {
  if (name !== '__proto__') values[name] = value;
  else Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
}
