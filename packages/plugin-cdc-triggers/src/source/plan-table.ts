import { difference, quoteIdentifier, tableLabel } from '@sluice/postgres';
import { type CaptureFunction, captureFunction } from '../ddl/capture-function.ts';
import { type CaptureNames, inSchema, type TriggerPart, triggerName } from '../ddl/names.ts';
import {
  alwaysFire,
  comesFromAbove,
  createTrigger,
  dropTrigger,
  type TriggerPlace,
  triggerParts,
} from '../ddl/triggers.ts';
import type { TriggerMode } from '../options.ts';
import { noteStatements, registerStatements } from './registration.ts';
import type { Firing, FunctionState, Registration, SourceState, TableState, Unsettled } from './state.ts';
import { catalogColumns, isWider, type WantedCapture, wantedCapture } from './wanted-capture.ts';

export interface PlanOptions {
  readonly names: CaptureNames;
  readonly modeOf: (label: string) => TriggerMode;
  /** Functions wake a sleeping reader. */
  readonly wakes: boolean;
  /** Who makes up for what a function did not report that has to report more: whoever asks for more scans. */
  readonly wider: Unsettled;
}

export type FunctionFinding = 'right' | 'absent' | 'altered' | 'outdated';
export type TriggerFinding = Firing | 'missing' | 'misplaced';

export interface PlannedTrigger extends TriggerPlace {
  readonly finding: TriggerFinding;
}

/** What one table has, what it should have, and the statements between the two. */
export interface TablePlan {
  readonly table: TableState;
  readonly registered: Registration | null;
  readonly wanted: WantedCapture;
  /** More is to be captured than is now: what happened before was not. */
  readonly widens: boolean;
  readonly function: CaptureFunction;
  readonly functionState: FunctionState | undefined;
  readonly functionFinding: FunctionFinding;
  readonly triggers: readonly PlannedTrigger[];
  /** Why changes of the table may have been lost; null where none were. */
  readonly gap: string | null;
  /** Statements for one transaction; empty where all is as it should be. */
  readonly statements: readonly string[];
  /** Statements that change nothing but what is known of the triggers; empty where others do that too. */
  readonly notes: readonly string[];
  /** Of the statements, those that only an owner of the tables may run. */
  readonly owners: readonly string[];
  /** Statements for the function's owner, another role, without which nobody can make or attach a partition. */
  readonly attaching: readonly string[];
}

/** `allocate` gives a number that no row of the registry has. */
export function planTable(
  table: TableState,
  state: SourceState,
  options: PlanOptions,
  allocate: () => number,
): TablePlan {
  const { names } = options;
  const label = tableLabel(table.required.table);
  const oid = table.members[0]?.oid ?? 0;
  const active = state.registrations.filter((one) => one.active);
  const registered =
    active.find((one) => one.oid === oid) ?? active.find((one) => one.label === label) ?? null;
  const wanted = wantedCapture(table, registered, options.modeOf(label));
  const replaced = registered !== null && registered.oid !== oid;
  const sameLayout = registered !== null && !replaced && equal(registered.columns, wanted.columns);
  const src = sameLayout ? registered.src : allocate();
  // The former table may live on under another name, with its triggers: what they tell is no longer ours.
  const own = registered !== null && !(replaced && registered.oid !== 0) ? registered.function : null;
  const functionName = own ?? `cap_${src}`;
  const capturing = captureFunction(names, {
    src,
    function: functionName,
    mode: wanted.mode,
    columns: catalogColumns(table, wanted.columns),
    watched: catalogColumns(table, wanted.watched),
    wakes: options.wakes,
  });
  const functionState = state.functions.find(({ name }) => name === functionName);
  const functionFinding = findFunction(functionState, registered, capturing);
  const triggers = placesOf(table, wanted.mode).map((place) => ({
    ...place,
    finding: findTrigger(place, names, functionName),
  }));
  const gap = findGap({ table, registered, replaced, functionFinding, triggers });
  const widens = isWider(wanted, registered);
  const { repair, owners } = triggerStatements(triggers, options, state.server.version, functionName);
  const leftovers = otherModes(table, names, wanted.mode);
  const registration = registerStatements(names, table, {
    registered,
    src,
    functionName,
    wanted,
    md5: capturing.md5,
    gap,
    altered: registered !== null && !replaced && functionFinding === 'altered',
    widens,
    rearranged: repair.length + leftovers.length > 0,
    owners: owners.length > 0,
    wider: state.core.missing.length > 0 ? null : options.wider,
  });
  const create =
    functionFinding === 'right'
      ? []
      : [capturing.create, `REVOKE ALL ON FUNCTION ${capturing.name}() FROM PUBLIC`];
  const attaching = attachStatements(table, names, functionName);
  const mayGrant = functionFinding !== 'right' || functionState?.owned === true;
  const statements = [...create, ...(mayGrant ? attaching : []), ...repair, ...leftovers, ...registration];
  return {
    table,
    registered,
    wanted,
    widens,
    function: capturing,
    functionState,
    functionFinding,
    triggers,
    gap,
    statements,
    notes: statements.length > 0 || registered === null ? [] : noteStatements(names, table, registered),
    owners,
    attaching: mayGrant ? [] : attaching,
  };
}

/**
 * Postgres copies the row trigger to every partition that is made or attached, and asks whether whoever does
 * that may call its function: without the right the application could make no partition any more.
 */
function attachStatements(table: TableState, names: CaptureNames, functionName: string): string[] {
  const owners = table.members
    .filter(({ kind }) => kind === 'partitioned')
    .filter((member) => {
      const row = member.triggers.find(({ name }) => name === triggerName(names, 'row'));
      return row?.function === functionName ? !row.executable : !member.ownerIsUs;
    })
    .map(({ owner }) => owner);
  return [...new Set(owners)].map(
    (owner) => `GRANT EXECUTE ON FUNCTION ${inSchema(names, functionName)}() TO ${quoteIdentifier(owner)}`,
  );
}

/** On partitions, TRUNCATE needs a trigger of its own on each; a row trigger only on what is no partition. */
function placesOf(table: TableState, mode: TriggerMode): TriggerPlace[] {
  return table.members.flatMap((member, index) =>
    member.kind === 'foreign'
      ? []
      : triggerParts(mode).map((part): TriggerPlace => ({ member, part, top: index === 0 })),
  );
}

function findFunction(
  actual: FunctionState | undefined,
  registered: Registration | null,
  capturing: CaptureFunction,
): FunctionFinding {
  if (actual === undefined) return 'absent';
  if (registered !== null && (actual.bodyMd5 !== registered.bodyMd5 || !actual.definer)) return 'altered';
  return actual.bodyMd5 === capturing.md5 && actual.definer && equal(actual.config, capturing.config)
    ? 'right'
    : 'outdated';
}

function findTrigger(
  { member, part }: TriggerPlace,
  names: CaptureNames,
  functionName: string,
): TriggerFinding {
  const found = member.triggers.find(({ name }) => name === triggerName(names, part));
  if (found === undefined) return 'missing';
  return found.function === functionName ? found.firing : 'misplaced';
}

/** Firing by origin alone misses what replication writes: that is said, but it is no gap. */
export function captures(finding: TriggerFinding): boolean {
  return finding === 'always' || finding === 'origin';
}

interface GapQuestion {
  readonly table: TableState;
  readonly registered: Registration | null;
  readonly replaced: boolean;
  readonly functionFinding: FunctionFinding;
  readonly triggers: readonly PlannedTrigger[];
}

function findGap({ table, registered, replaced, functionFinding, triggers }: GapQuestion): string | null {
  if (registered === null) return null;
  if (replaced) return 'it was made anew';
  // Its own changes were captured, but another table may have had the name.
  if (registered.label !== tableLabel(table.required.table)) return `it was ${registered.label} before`;
  if (functionFinding === 'absent' || functionFinding === 'altered')
    return `its trigger function was ${functionFinding}`;
  // A table that has just come to hang below has no TRUNCATE trigger yet: its lineage tells of it.
  const lost = triggers.find(
    ({ finding, top }) => !captures(finding) && (top || finding === 'disabled' || finding === 'replica'),
  );
  if (lost !== undefined) return `a trigger of it was ${lost.finding}`;
  const { key, links, watched } = table.required;
  const changed = difference(registered.lineage, table.lineage, [...key, ...links, ...watched]);
  if (changed !== null) return changed;
  // ENABLE TRIGGER ALL makes what was disabled fire again, but not always, as we had it.
  if (triggers.some(({ finding, member }) => finding === 'origin' && member.owned)) {
    return 'its triggers were disabled for a while';
  }
  if (registered.triggersPrint !== null && registered.triggersPrint !== table.triggersPrint) {
    return 'its triggers were altered, perhaps disabled for a while';
  }
  const below = triggers.find(({ finding }) => !captures(finding));
  return below === undefined ? null : `a trigger of a table below it was ${below.finding}`;
}

function triggerStatements(
  triggers: readonly PlannedTrigger[],
  { names }: PlanOptions,
  version: number,
  functionName: string,
): { repair: string[]; owners: string[] } {
  const repair: string[] = [];
  const owners: string[] = [];
  for (const place of triggers) {
    const { member, part, finding } = place;
    if (finding === 'always') continue;
    const above = comesFromAbove(member, part);
    // Replacing makes it fire again where only an owner could enable it.
    const replace =
      !above && !captures(finding) && (finding === 'missing' || finding === 'misplaced' || !member.owned);
    if (replace) repair.push(...createTrigger(names, place, functionName, version));
    (member.owned ? repair : owners).push(alwaysFire(names, member, part));
  }
  // What is enabled must exist: a partition's trigger comes with the one above.
  const creates = repair.filter((statement) => !statement.startsWith('ALTER '));
  return { repair: [...creates, ...repair.filter((statement) => statement.startsWith('ALTER '))], owners };
}

function otherModes(table: TableState, names: CaptureNames, mode: TriggerMode): string[] {
  const others = triggerParts(mode === 'row' ? 'statement' : 'row').filter(
    (part) => !triggerParts(mode).includes(part),
  );
  return table.members.flatMap((member) =>
    others
      .map((part: TriggerPart) => triggerName(names, part))
      .filter((name) => member.triggers.some((trigger) => trigger.name === name && !trigger.clone))
      .map((name) => dropTrigger(member, name)),
  );
}

function equal(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}
