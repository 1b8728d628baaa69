import { quoteIdentifier, type TransactionStep, tableLabel } from '@sluice/postgres';
import { coreStatements } from '../ddl/core.ts';
import { inSchema } from '../ddl/names.ts';
import { noteFileSql } from '../ddl/outbox-file.ts';
import { mendEmptied } from './overflow.ts';
import { type PlanOptions, planTable, type TablePlan } from './plan-table.ts';
import { refusals } from './refusals.ts';
import type { SourceState } from './state.ts';

export interface ProvisionPlan {
  /** The outbox and its registry are made, or made again. */
  readonly core: readonly string[];
  readonly tables: readonly TablePlan[];
  readonly steps: readonly TransactionStep[];
  /** Of the steps, those that nobody but the capture needs. */
  readonly notes: ReadonlySet<TransactionStep>;
}

/** What has to run: the capture's own tables first, then one transaction for each table of the application. */
export function planProvision(state: SourceState, options: PlanOptions): ProvisionPlan {
  const core =
    state.core.missing.length === 0
      ? []
      : coreStatements(options.names, {
          // Where this role may not make it, an administrator does first.
          schemaExists: state.core.schemaExists || !state.server.mayCreate,
        });
  const used = Math.max(0, ...state.registrations.map(({ src }) => src), ...functionNumbers(state));
  let next = used;
  const allocate = () => {
    next += 1;
    return next;
  };
  // What is registered cannot be read: nothing that could be said of the tables would be true.
  const known = state.core.denied.length > 0 ? [] : state.tables;
  const tables = known.map((table) => planTable(table, state, options, allocate));
  const steps: TransactionStep[] = [];
  if (core.length > 0)
    steps.push({ what: `make the outbox in the schema ${options.names.schema}`, statements: core });
  const notes = new Set<TransactionStep>(outboxNotes(state, options));
  for (const plan of tables) {
    if (refusals(plan).length > 0) continue;
    const label = tableLabel(plan.table.required.table);
    if (plan.statements.length > 0)
      steps.push({ what: `create triggers on ${label}`, statements: plan.statements });
    if (plan.notes.length > 0) notes.add({ what: `note the triggers of ${label}`, statements: plan.notes });
  }
  return { core, tables, steps: [...steps, ...notes], notes };
}

function outboxNotes({ core }: SourceState, { names }: PlanOptions): TransactionStep[] {
  const readable = core.missing.length + core.denied.length + core.strangers.length === 0;
  if (!readable || !core.mayNote || core.outboxFile === core.notedFile) return [];
  if (core.notedFile !== null) return [mendEmptied(names)];
  return [{ what: 'note the file of the outbox', statements: [noteFileSql(names)] }];
}

/** A registry that was dropped by hand leaves functions behind, in use by triggers: their names stay theirs. */
function functionNumbers({ functions }: SourceState): number[] {
  return functions.map(({ name }) => Number(/^cap_(\d{1,9})$/.exec(name)?.[1] ?? 0));
}

/** What an administrator has to grant before this role can do the rest by itself. */
export function grants(state: SourceState, { names }: PlanOptions): readonly string[] {
  const { core, server } = state;
  const role = quoteIdentifier(server.role);
  const schema = quoteIdentifier(names.schema);
  if (core.missing.length > 0) {
    if (!core.schemaExists) return server.mayCreate ? [] : [`CREATE SCHEMA ${schema} AUTHORIZATION ${role}`];
    return core.mayUse ? [] : [`GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role}`];
  }
  if (core.denied.length === 0) return [];
  return [
    `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE ON ${inSchema(names, 'meta')}, ${inSchema(names, 'source')}, ${inSchema(names, 'lease')} TO ${role}`,
    `GRANT SELECT, INSERT, DELETE ON ${inSchema(names, 'outbox')} TO ${role}`,
    `GRANT SELECT, UPDATE ON SEQUENCE ${inSchema(names, 'outbox_id_seq')} TO ${role}`,
  ];
}
