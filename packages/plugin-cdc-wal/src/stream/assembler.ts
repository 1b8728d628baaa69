import type { Change } from '@sluice/core';
import type { Lsn } from '@sluice/postgres';
import type { PgoutputMessage, Relation, RowMessage } from '../pgoutput/messages.ts';
import type { FollowedTables } from './followed-tables.ts';
import type { BatchLimits, Segment } from './segment.ts';

/**
 * Folds messages into segments: a transaction becomes one when it commits, or several when it is
 * larger than a batch. Synchronous; runs in the socket's data handler.
 */
export class Assembler {
  readonly #tables: FollowedTables;
  readonly #limits: BatchLimits;
  readonly #barrierPrefix: string;
  readonly #emit: (segment: Segment) => void;
  #xid: number | null = null;
  #changes: Change[] = [];
  #bytes = 0;
  #partial = false;
  #prompt = false;
  #unknown = new Set<number>();
  #end: Lsn;
  #injected: Change[] = [];

  /** @param start Where the stream begins: everything before it is acknowledged. */
  constructor(
    tables: FollowedTables,
    limits: BatchLimits,
    barrierPrefix: string,
    emit: (segment: Segment) => void,
    start: Lsn,
  ) {
    this.#end = start;
    this.#tables = tables;
    this.#limits = limits;
    this.#barrierPrefix = barrierPrefix;
    this.#emit = emit;
  }

  accept(message: PgoutputMessage): void {
    switch (message.kind) {
      case 'begin':
        this.#xid = message.xid;
        return;
      case 'row':
        this.#row(message);
        return;
      case 'relation':
        this.#relation(message.relation);
        return;
      case 'truncate':
        for (const change of this.#tables.truncated(message.oids)) this.#add(change, 256);
        for (const oid of message.oids) if (this.#tables.isUnknown(oid)) this.#unknown.add(oid);
        return;
      case 'message':
        if (message.transactional && message.prefix === this.#barrierPrefix) this.#prompt = true;
        return;
      case 'commit':
        this.#cut(message.end, message.committedAt);
        this.#xid = null;
        this.#partial = false;
        this.#prompt = false;
        this.#end = message.end;
        this.#emitInjected();
        return;
      case 'nothing':
        return;
    }
  }

  /**
   * The server has read its log up to here. The walsender writes a transaction when it reads the
   * commit record, and a keepalive has the end of the last record it finished with: so on this
   * ordered connection every transaction that commits before `position` came earlier. Inside a
   * transaction a keepalive says nothing new: its own commit record is not finished.
   */
  keepalive(position: Lsn): void {
    if (this.#xid !== null || position <= this.#end) return;
    this.#end = position;
    this.#emit(positionAlone(position));
  }

  /** Changes that the log does not hold, found in the catalog: they follow the running transaction. */
  inject(changes: readonly Change[]): void {
    this.#injected.push(...changes);
    if (this.#xid === null) this.#emitInjected();
  }

  #emitInjected(): void {
    if (this.#injected.length === 0) return;
    const changes = this.#injected;
    this.#injected = [];
    this.#emit({ ...positionAlone(this.#end), changes, bytes: 64 + 256 * changes.length });
  }

  #row(message: RowMessage): void {
    const table = this.#tables.get(message.oid);
    if (table === undefined) {
      if (this.#tables.isUnknown(message.oid)) this.#unknown.add(message.oid);
      return;
    }
    const { operation, before, after, bytes } = message;
    const told = operation === 'delete' ? [before] : before === undefined ? [after] : [before, after];
    const untold = table.links.find(
      (link) => told.some((row) => row?.[link] === undefined) && this.#tables.has(message.oid, link),
    );
    if (untold !== undefined && !table.incomplete) {
      // A link too long to be stored in its row, unchanged and outside the identity; or the row of a partition
      // that has just been attached, and whose own identity is still less than what the table's was made to be.
      this.#add(
        {
          table: table.name,
          operation: 'resync',
          reason: `the log does not tell ${untold} of a changed row`,
        },
        256,
      );
      return;
    }
    this.#add(
      {
        table: table.name,
        operation,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
        ...(table.incomplete ? { lossAccepted: true } : {}),
      },
      bytes,
    );
  }

  /** The catalog tells whether a resync is due, and remembers that it is. */
  #relation(relation: Relation): void {
    if (this.#tables.drifted(relation)) this.#unknown.add(relation.oid);
  }

  #add(change: Change, bytes: number): void {
    const last = this.#changes.at(-1);
    if (change.operation === 'resync' && last?.operation === 'resync' && last.table === change.table) return;
    this.#changes.push(change);
    this.#bytes += bytes;
    if (this.#changes.length < this.#limits.changes && this.#bytes < this.#limits.bytes) return;
    this.#partial = true;
    this.#cut(null, null);
  }

  #cut(end: Lsn | null, committedAt: number | null): void {
    const segment: Segment = {
      xid: this.#xid,
      changes: this.#changes,
      bytes: this.#bytes + 128,
      end,
      committedAt,
      partial: this.#partial,
      prompt: this.#prompt,
      unknown: [...this.#unknown],
    };
    this.#changes = [];
    this.#bytes = 0;
    this.#unknown = new Set();
    const bare =
      segment.changes.length === 0 && segment.unknown.length === 0 && !segment.partial && !segment.prompt;
    this.#emit(bare && end !== null ? positionAlone(end) : segment);
  }
}

function positionAlone(end: Lsn): Segment {
  return {
    xid: null,
    changes: [],
    bytes: 64,
    end,
    committedAt: null,
    partial: false,
    prompt: false,
    unknown: [],
  };
}
