import type { RowValues } from '@sluice/core';
import type {
  DecodeFailure,
  PgoutputMessage,
  Projection,
  Relation,
  RelationColumn,
  RowMessage,
} from './messages.ts';
import { readLinks, readTuple, sameWatched, TupleOffsets } from './tuple.ts';

const postgresEpoch = 946_684_800_000;
const nobodyWants: Projection = { links: [], watched: [] };

interface Layout {
  readonly relation: Relation;
  readonly names: readonly string[];
  projection: Projection;
}

/**
 * Reads pgoutput messages, protocol version 1, text values. Takes from a row only the columns that
 * its projection wants; the rest is skipped by length.
 *
 * Never throws: it runs in the socket's data handler, where a throw would end the process. What it
 * returns shares no memory with the buffer, which the socket reuses.
 */
export class PgoutputDecoder {
  readonly #project: (relation: Relation) => Projection | undefined;
  readonly #layouts = new Map<number, Layout>();
  readonly #old = new TupleOffsets();
  readonly #new = new TupleOffsets();

  /** @param project What is wanted of a relation; undefined for one that nobody wants or knows. */
  constructor(project: (relation: Relation) => Projection | undefined) {
    this.#project = project;
  }

  /** Asks again what is wanted of every relation seen: the tables that are followed changed. */
  reproject(): void {
    for (const layout of this.#layouts.values()) {
      layout.projection = this.#project(layout.relation) ?? nobodyWants;
    }
  }

  decode(buffer: Buffer): PgoutputMessage | DecodeFailure {
    try {
      return this.#decode(buffer);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return {
        kind: 'failure',
        reason: `message "${printable(buffer[0])}" of ${buffer.length} bytes: ${reason}`,
      };
    }
  }

  #decode(buffer: Buffer): PgoutputMessage {
    switch (buffer.readUInt8(0)) {
      case 0x49: // I
        return this.#insert(buffer);
      case 0x55: // U
        return this.#update(buffer);
      case 0x44: // D
        return this.#delete(buffer);
      case 0x42: // B: int64 final LSN, int64 time, int32 xid
        return { kind: 'begin', xid: buffer.readUInt32BE(17) };
      case 0x43: // C: int8 flags, int64 commit LSN, int64 end LSN, int64 time
        return {
          kind: 'commit',
          end: buffer.readBigUInt64BE(10),
          committedAt: postgresEpoch + Math.floor(Number(buffer.readBigInt64BE(18)) / 1000),
        };
      case 0x52: // R
        return this.#relation(buffer);
      case 0x54: // T
        return truncate(buffer);
      case 0x4d: // M: int8 flags, int64 LSN, string prefix, content
        return {
          kind: 'message',
          transactional: (buffer.readUInt8(1) & 1) === 1,
          prefix: readString(buffer, 10).text,
        };
      case 0x4f: // O: origin
      case 0x59: // Y: type
        return { kind: 'nothing' };
      default:
        throw new RangeError('its kind is unknown');
    }
  }

  #relation(buffer: Buffer): PgoutputMessage {
    const oid = buffer.readUInt32BE(1);
    const schema = readString(buffer, 5);
    const name = readString(buffer, schema.next);
    // After the names: int8 replica identity, int16 number of columns.
    const count = buffer.readUInt16BE(name.next + 1);
    const columns: RelationColumn[] = [];
    let at = name.next + 3;
    for (let index = 0; index < count; index += 1) {
      // int8 flags, string name, int32 type, int32 modifier. The key flag is of no use: FULL sets it on
      // every column, and an old row tells by itself which of its columns were logged.
      const column = readString(buffer, at + 1);
      columns.push({ name: column.text, type: buffer.readUInt32BE(column.next) });
      at = column.next + 8;
      if (at > buffer.length) throw new RangeError('the relation ends too early');
    }
    // An empty schema stands for pg_catalog.
    const relation: Relation = { oid, schema: schema.text || 'pg_catalog', name: name.text, columns };
    this.#layouts.set(oid, {
      relation,
      names: columns.map((column) => column.name),
      projection: this.#project(relation) ?? nobodyWants,
    });
    return { kind: 'relation', relation };
  }

  #insert(buffer: Buffer): PgoutputMessage {
    const layout = this.#layout(buffer);
    expectKind(buffer, 5, 'N');
    readTuple(buffer, 6, this.#new);
    const after = this.#links(buffer, this.#new, layout, 'null');
    return row(layout, 'insert', undefined, after.values, after.bytes);
  }

  #update(buffer: Buffer): PgoutputMessage {
    const layout = this.#layout(buffer);
    const marker = printable(buffer.readUInt8(5));
    if (marker === 'N') {
      readTuple(buffer, 6, this.#new);
      const after = this.#links(buffer, this.#new, layout, 'null');
      return row(layout, 'update', undefined, after.values, after.bytes);
    }
    if (marker !== 'O' && marker !== 'K')
      throw new RangeError(`it has a row of the unknown kind "${marker}"`);
    const next = readTuple(buffer, 6, this.#old);
    expectKind(buffer, next, 'N');
    readTuple(buffer, next + 1, this.#new);
    if (marker === 'O' && sameWatched(buffer, this.#old, this.#new, layout.projection))
      return { kind: 'nothing' };
    const before = this.#links(buffer, this.#old, layout, marker === 'O' ? 'null' : 'not-logged');
    const after = this.#links(buffer, this.#new, layout, 'null');
    // A value that is not in the new row did not change: the old row's, where it has it.
    const merged = { ...before.values, ...after.values };
    const known = marker === 'O' ? merged : withUnchanged(after.values, before.values, this.#unknown(layout));
    return row(layout, 'update', before.values, known, before.bytes + after.bytes);
  }

  #delete(buffer: Buffer): PgoutputMessage {
    const layout = this.#layout(buffer);
    const marker = printable(buffer.readUInt8(5));
    if (marker !== 'O' && marker !== 'K')
      throw new RangeError(`it has a row of the unknown kind "${marker}"`);
    readTuple(buffer, 6, this.#old);
    const before = this.#links(buffer, this.#old, layout, marker === 'O' ? 'null' : 'not-logged');
    return row(layout, 'delete', before.values, undefined, before.bytes);
  }

  #layout(buffer: Buffer): Layout {
    const oid = buffer.readUInt32BE(1);
    const layout = this.#layouts.get(oid);
    if (layout === undefined) throw new RangeError(`its relation ${oid} was never described`);
    return layout;
  }

  #links(buffer: Buffer, tuple: TupleOffsets, layout: Layout, nulls: 'null' | 'not-logged') {
    if (tuple.count !== layout.names.length)
      throw new RangeError('it has not as many values as its relation');
    return readLinks(buffer, tuple, layout.names, layout.projection, nulls);
  }

  /** The links that the new row leaves out. */
  #unknown(layout: Layout): readonly string[] {
    return layout.names.filter((_, column) => (this.#new.starts[column] ?? 0) === -2);
  }
}

function withUnchanged(after: RowValues, before: RowValues, unknown: readonly string[]): RowValues {
  const kept = unknown.filter((name) => before[name] !== undefined);
  if (kept.length === 0) return after;
  return { ...after, ...Object.fromEntries(kept.map((name) => [name, before[name] ?? null])) };
}

function row(
  layout: Layout,
  operation: RowMessage['operation'],
  before: RowValues | undefined,
  after: RowValues | undefined,
  bytes: number,
): RowMessage {
  return {
    kind: 'row',
    oid: layout.relation.oid,
    operation,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    bytes: 160 + bytes,
  };
}

function truncate(buffer: Buffer): PgoutputMessage {
  const count = buffer.readUInt32BE(1);
  if (6 + 4 * count > buffer.length) throw new RangeError('it names more relations than it holds');
  return {
    kind: 'truncate',
    oids: Array.from({ length: count }, (_, index) => buffer.readUInt32BE(6 + 4 * index)),
  };
}

function expectKind(buffer: Buffer, at: number, kind: string): void {
  const found = printable(buffer.readUInt8(at));
  if (found !== kind) throw new RangeError(`it has a row of kind "${found}" where "${kind}" belongs`);
}

function readString(buffer: Buffer, from: number): { text: string; next: number } {
  const end = buffer.indexOf(0, from);
  if (from > buffer.length || end < 0) throw new RangeError('a text has no end');
  return { text: buffer.toString('utf8', from, end), next: end + 1 };
}

function printable(byte: number | undefined): string {
  if (byte === undefined) return '';
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `0x${byte.toString(16)}`;
}
