import type { Change } from '@sluice/core';
import { difference, tableLabel } from '@sluice/postgres';
import type { CaptureRecord } from '../source/record.ts';
import type { TableState } from '../source/state.ts';

interface Pending {
  readonly label: string;
  readonly lineage: string;
  readonly change: Change;
  /** Of the batch that holds the change; null before it is yielded. */
  readonly sequence: number | null;
}

/**
 * Which state of each table its documents stand for, as far as the log does not tell. ATTACH, DETACH,
 * a rewrite, a time out of the publication and a table made anew leave nothing in the log, so the
 * fingerprint is compared with the one written down, and a new one is written down only when the
 * resync that answers it is durable: a crash in between repeats it.
 */
export class Lineages {
  readonly #known = new Map<string, string>();
  #pending: readonly Pending[] = [];

  /**
   * A resync for each table that is another than the one known. `recorded` is what the source
   * remembers; null where it cannot be written: then a partitioned table is unknown when the process
   * starts, and is resynced.
   */
  changed(tables: readonly TableState[], recorded: CaptureRecord['lineages'] | null): readonly Change[] {
    const news: Pending[] = [];
    for (const table of tables) {
      const label = tableLabel(table.required.table);
      const known = this.#latest(label) ?? recorded?.[label];
      if (known === table.lineage) continue;
      const { required } = table;
      const reason =
        known === undefined
          ? unknownReason(table)
          : difference(known, table.lineage, [...required.key, ...required.links, ...required.watched]);
      if (reason === null) {
        // While a resync is under way, that one has to be durable first.
        if (!this.#pending.some((entry) => entry.label === label)) this.#known.set(label, table.lineage);
        continue;
      }
      const change: Change = { table: required.table, operation: 'resync', reason };
      news.push({ label, lineage: table.lineage, change, sequence: null });
    }
    this.#pending = [...this.#pending, ...news];
    return news.map(({ change }) => change);
  }

  /**
   * Changes of these tables were not logged as they should be: `changed` resyncs them, in whatever
   * state they are, until that is acknowledged.
   */
  doubt(labels: readonly string[]): void {
    for (const label of labels) this.#known.set(label, '');
    this.#pending = this.#pending.filter(({ label }) => !labels.includes(label));
  }

  /** These changes are in the batch of this number. */
  yielded(changes: readonly Change[], sequence: number): void {
    if (this.#pending.length === 0) return;
    this.#pending = this.#pending.map((entry) =>
      changes.includes(entry.change) ? { ...entry, sequence } : entry,
    );
  }

  /** These tables are covered from now on: whatever was known of them is accounted for by a scan. */
  begin(labels: readonly string[]): void {
    for (const label of labels) this.#known.delete(label);
  }

  /** A stream begins: what was not acknowledged of the one before is found again, and yielded again. */
  forget(): void {
    this.#pending = [];
  }

  /** Everything up to this batch is durable. */
  acknowledged(sequence: number): void {
    if (this.#pending.length === 0) return;
    const done = (entry: Pending) => entry.sequence !== null && entry.sequence <= sequence;
    for (const { label, lineage } of this.#pending.filter(done)) this.#known.set(label, lineage);
    this.#pending = this.#pending.filter((entry) => !done(entry));
  }

  /** What should be written down, where the source remembers something else; null where nothing. */
  toRecord(recorded: CaptureRecord['lineages']): Readonly<Record<string, string>> | null {
    const news = [...this.#known].filter(([label, lineage]) => recorded?.[label] !== lineage);
    return news.length === 0 ? null : { ...recorded, ...Object.fromEntries(news) };
  }

  #latest(label: string): string | undefined {
    return this.#pending.findLast((entry) => entry.label === label)?.lineage ?? this.#known.get(label);
  }
}

/** A plain table that was never written down begins as it is now; partitions may have come and gone. */
function unknownReason({ partitioned, members }: TableState): string | null {
  return partitioned || members.length > 1 ? 'its set of partitions may have changed' : null;
}
