import type { CoverageProblem } from '@sluice/core';
import { quoteTable, tableLabel } from '@sluice/postgres';
import type { TablePlan } from './plan-table.ts';

const unprovisioned = 'SLUICE_CAPTURE_NOT_PROVISIONED';

/** What triggers cannot capture of a table, whoever makes them. */
export function refusals(plan: TablePlan): readonly CoverageProblem[] {
  const { table } = plan;
  const label = tableLabel(table.required.table);
  const [top] = table.members;
  if (table.catalog === undefined || top === undefined) {
    return [problem('SLUICE_SCHEMA_CATALOG', `The table ${label} does not exist.`)];
  }
  if (top.kind === 'foreign' || top.kind === 'other') {
    return [
      problem(
        'SLUICE_SCHEMA_CATALOG',
        `${label} is a ${table.catalog.kind}: triggers do not see its changes.`,
        {
          hint: 'Name the tables that it reads.',
        },
      ),
    ];
  }
  return [...columnRefusals(plan, label), ...memberRefusals(plan), ...modeRefusals(plan, label)].map(
    (found) => ({
      guarantee: `Changes of ${label} do not reach the indexes.`,
      ...found,
    }),
  );
}

function modeRefusals({ table: { members }, wanted }: TablePlan, label: string): CoverageProblem[] {
  const [top] = members;
  if (wanted.mode === 'row' || top === undefined) return [];
  const hint = 'Take mode: row for it.';
  if (members.length > 1 || top.kind === 'partitioned') {
    return [
      problem(unprovisioned, `Statement triggers miss what is written to the tables below ${label}.`, {
        hint,
      }),
    ];
  }
  return top.subscribed
    ? [problem(unprovisioned, `Statement triggers miss what a subscription writes to ${label}.`, { hint })]
    : [];
}

/** Columns that plans read and the table does not have: it is captured all the same. */
export function missingColumns({ table: { required, catalog } }: TablePlan): readonly CoverageProblem[] {
  if (catalog === undefined) return [];
  const label = tableLabel(required.table);
  return [...new Set([...required.key, ...required.links, ...required.watched])]
    .filter((name) => !catalog.columns.has(name))
    .map((name) => problem('SLUICE_SCHEMA_CATALOG', `The table ${label} has no column ${name}.`));
}

function columnRefusals({ table, wanted }: TablePlan, label: string): CoverageProblem[] {
  const virtual = wanted.columns.filter((name) => table.catalog?.columns.get(name)?.generated === 'virtual');
  return virtual.map((name) =>
    problem(
      unprovisioned,
      `The column ${name} of ${label} is a virtual generated one: it is NULL in a trigger.`,
      {
        hint: `Join by the columns that it is made of (${(table.generatedFrom[name] ?? []).join(', ')}), or make it STORED.`,
      },
    ),
  );
}

function memberRefusals({ table }: TablePlan): CoverageProblem[] {
  return table.members.flatMap((member) => {
    const name = tableLabel(member.table);
    if (member.kind === 'foreign') {
      return [
        problem(unprovisioned, `${name} is a foreign table: triggers do not see what others write to it.`),
      ];
    }
    return member.logged
      ? []
      : [
          problem(
            unprovisioned,
            `The table ${name} is unlogged or temporary: a crash empties it, and no trigger fires.`,
            {
              sql: [`ALTER TABLE ${quoteTable(member.table)} SET LOGGED`],
            },
          ),
        ];
  });
}

function problem(
  code: CoverageProblem['code'],
  message: string,
  more: Pick<CoverageProblem, 'hint' | 'sql' | 'guarantee'> = {},
): CoverageProblem {
  return { code, message, ...more, fixable: false };
}
