import type { Change, TableName } from '@sluice/core';
import { tableLabel } from '@sluice/postgres';
import type { Projection, Relation } from '../pgoutput/messages.ts';
import type { TableState } from '../source/state.ts';

/** What the stream reports changes of one relation as. */
export interface FollowedTable {
  /** The table as plans name it: the root of a partition. */
  readonly name: TableName;
  readonly links: readonly string[];
  readonly watched: readonly string[];
  /** Its missing links were accepted: they are reported as far as they are known. */
  readonly incomplete: boolean;
}

/**
 * Which relation of the log stands for which required table. Relations come by object id: a leaf
 * that was renamed or moved to another schema stays the same.
 */
export class FollowedTables {
  #followed = new Map<number, FollowedTable>();
  #roots = new Map<number, { name: TableName; members: readonly number[] }>();
  /** Published, looked up, and of no required table. */
  #others = new Set<number>();
  #columns = new Map<number, ReadonlyMap<string, number>>();

  replace(tables: readonly TableState[], acceptLoss: readonly string[]): void {
    this.#followed = new Map();
    this.#roots = new Map();
    for (const { required, oid, members } of tables) {
      const followed: FollowedTable = {
        name: required.table,
        links: [...new Set([...required.key, ...required.links])],
        watched: required.watched,
        incomplete: acceptLoss.includes(tableLabel(required.table)),
      };
      for (const member of members) {
        this.#followed.set(member.oid, followed);
        this.#others.delete(member.oid);
      }
      this.#roots.set(oid, { name: required.table, members: members.map((member) => member.oid) });
    }
  }

  get(oid: number): FollowedTable | undefined {
    return this.#followed.get(oid);
  }

  /** The relation has the column, as far as it was described. */
  has(oid: number, column: string): boolean {
    return this.#columns.get(oid)?.has(column) === true;
  }

  isUnknown(oid: number): boolean {
    return !this.#followed.has(oid) && !this.#roots.has(oid) && !this.#others.has(oid);
  }

  /** These were looked up and belong to no required table. */
  ignore(oids: readonly number[]): void {
    for (const oid of oids) if (!this.#followed.has(oid)) this.#others.add(oid);
  }

  project(relation: Relation): Projection | undefined {
    const table = this.#followed.get(relation.oid);
    if (table === undefined) return undefined;
    return {
      links: relation.columns.map(({ name }) => table.links.includes(name)),
      watched: relation.columns.map(({ name }) => table.watched.includes(name) || table.links.includes(name)),
    };
  }

  /** The relation no longer is what it was: a column that is read is gone or has another type. */
  drifted(relation: Relation): boolean {
    const now = new Map(relation.columns.map(({ name, type }) => [name, type]));
    const before = this.#columns.get(relation.oid);
    this.#columns.set(relation.oid, now);
    const table = this.#followed.get(relation.oid);
    if (table === undefined) return false;
    return [...table.links, ...table.watched].some((name) => {
      const type = now.get(name);
      const was = before?.get(name);
      if (type === undefined) return table.links.includes(name) || was !== undefined;
      return was !== undefined && was !== type;
    });
  }

  /**
   * A table counts as emptied if it was truncated itself, or all that hold its rows were. One leaf
   * alone leaves the others' rows: then nobody knows which rows went.
   */
  truncated(oids: readonly number[]): Change[] {
    const emptied = new Set(oids);
    const changes: Change[] = [];
    for (const [root, { name, members }] of this.#roots) {
      if (!emptied.has(root) && !members.some((member) => emptied.has(member))) continue;
      const whole = members.length > 0 && members.every((member) => emptied.has(member));
      changes.push(
        whole
          ? { table: name, operation: 'truncate' }
          : { table: name, operation: 'resync', reason: 'a partition was truncated' },
      );
    }
    return changes;
  }
}
