import { quoteIdentifier, quoteTable } from '@sluice/postgres';
import type { TriggerMode } from '../options.ts';
import type { MemberState } from '../source/state.ts';
import { type CaptureNames, inSchema, type TriggerPart, triggerName } from './names.ts';
import { newTable, oldTable } from './statement-function.ts';

const events: Readonly<Record<TriggerPart, string>> = {
  row: 'INSERT OR UPDATE OR DELETE',
  ins: 'INSERT',
  upd: 'UPDATE',
  del: 'DELETE',
  trunc: 'TRUNCATE',
};

const transitions: Readonly<Record<TriggerPart, string>> = {
  row: 'FOR EACH ROW',
  ins: `REFERENCING NEW TABLE AS ${newTable} FOR EACH STATEMENT`,
  upd: `REFERENCING OLD TABLE AS ${oldTable} NEW TABLE AS ${newTable} FOR EACH STATEMENT`,
  del: `REFERENCING OLD TABLE AS ${oldTable} FOR EACH STATEMENT`,
  trunc: 'FOR EACH STATEMENT',
};

const parts: Readonly<Record<TriggerMode, readonly TriggerPart[]>> = {
  row: ['row', 'trunc'],
  statement: ['ins', 'upd', 'del', 'trunc'],
};

/** Parts that a table of this mode has triggers for. */
export function triggerParts(mode: TriggerMode): readonly TriggerPart[] {
  return parts[mode];
}

/** Parts that a table of any mode has triggers for. */
export const everyPart: readonly TriggerPart[] = [...new Set([...parts.row, ...parts.statement])];

/** The oldest server that replaces a trigger in one statement, which keeps it firing all along. */
const replaceVersion = 140_000;

/** A partition's row trigger comes from the table above; a TRUNCATE trigger never does. */
export function comesFromAbove(member: MemberState, part: TriggerPart): boolean {
  return part === 'row' && member.partition;
}

export interface TriggerPlace {
  readonly member: MemberState;
  readonly part: TriggerPart;
  /** The required table itself, not one below it. */
  readonly top: boolean;
}

export function createTrigger(
  names: CaptureNames,
  { member, part, top }: TriggerPlace,
  functionName: string,
  serverVersion: number,
): readonly string[] {
  const name = quoteIdentifier(triggerName(names, part));
  const table = quoteTable(member.table);
  const argument = part === 'trunc' && !top ? `'partition'` : '';
  const replace = serverVersion >= replaceVersion;
  const exists = member.triggers.some((trigger) => trigger.name === triggerName(names, part));
  return [
    ...(exists && !replace ? [`DROP TRIGGER ${name} ON ${table}`] : []),
    `CREATE ${replace ? 'OR REPLACE ' : ''}TRIGGER ${name} AFTER ${events[part]} ON ${table} ${transitions[part]} EXECUTE FUNCTION ${inSchema(names, functionName)}(${argument})`,
  ];
}

/** Fires also for what logical replication and `session_replication_role = replica` write. */
export function alwaysFire(names: CaptureNames, member: MemberState, part: TriggerPart): string {
  return `ALTER TABLE ${quoteTable(member.table)} ENABLE ALWAYS TRIGGER ${quoteIdentifier(triggerName(names, part))}`;
}

export function dropTrigger(member: MemberState, name: string): string {
  return `DROP TRIGGER IF EXISTS ${quoteIdentifier(name)} ON ${quoteTable(member.table)}`;
}
