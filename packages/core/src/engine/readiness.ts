import type {
  CaptureRequirements,
  ChangeCapture,
  CoverageProblem,
  CoverageReport,
  Observer,
  ProvisionReport,
  ProvisionScript,
  RequiredTable,
  TableName,
} from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { noCapture } from './continuity.ts';
import { isUntouched, restarted } from './generations.ts';
import { type Lane, tableId } from './lane.ts';

/** One entry per table, with all that any plan needs of it. */
export function mergeRequirements(tables: readonly RequiredTable[]): CaptureRequirements {
  const merged = new Map<string, RequiredTable>();
  for (const table of tables) {
    const id = tableId(table.table);
    const held = merged.get(id);
    merged.set(
      id,
      held === undefined
        ? table
        : {
            ...held,
            links: [...new Set([...held.links, ...table.links])],
            watched: [...new Set([...held.watched, ...table.watched])],
            uses: [...held.uses, ...table.uses],
          },
    );
  }
  return { tables: [...merged.values()] };
}

export interface MakeReadyOptions {
  readonly capture: ChangeCapture;
  readonly required: CaptureRequirements;
  readonly lanes: readonly Lane[];
  readonly provision: boolean;
  readonly observer: Required<Observer>;
  readonly signal: AbortSignal;
}

/**
 * Makes the capture cover what the plans need, or throws SLUICE_CAPTURE_NOT_PROVISIONED with the SQL.
 * What was not covered until now was not captured: indexes that read it are put down for a reconcile
 * *before* it is mended, so that a crash in between cannot hide the gap.
 */
export async function makeReady(options: MakeReadyOptions): Promise<ProvisionReport> {
  const { capture, required, lanes, provision, observer, signal } = options;
  const report = await capture.inspect(required);
  warnOfMechanism(report, lanes, observer);
  const missing = report.tables.filter(({ covered }) => !covered);
  // On record before anything is mended, by us or, after this fails, by hand: the gap must not be hidden by it.
  await recordGaps(
    lanes,
    missing.map(({ table }) => table),
  );
  const blocking = [
    ...report.problems.filter(({ fixable }) => !provision || !fixable),
    ...missing.flatMap(({ problems }) => problems.filter(({ fixable }) => !provision || !fixable)),
  ];
  if (blocking.length > 0) throw notProvisionedError(blocking, await capture.script(required));
  for (const { covered, problems } of report.tables) {
    if (covered) for (const problem of problems) warnOf(problem, observer);
  }
  if (!provision) {
    if (report.mechanism !== 'ready' || missing.length > 0) {
      throw notProvisionedError([], await capture.script(required));
    }
    return { created: false, added: [], statements: [] };
  }
  const provisioned = await capture.provision(required, {
    signal,
    onWait: (message) => observer.info({ message }),
  });
  await recordGaps(lanes, provisioned.added);
  return provisioned;
}

async function recordGaps(lanes: readonly Lane[], tables: readonly TableName[]): Promise<void> {
  const uncovered = new Set(tables.map(tableId));
  for (const lane of lanes) {
    if (![...lane.tables].some((table) => uncovered.has(table))) continue;
    for (const target of lane.targets) {
      await target.update((record) =>
        restarted(record, 'changes of a table that it reads were not captured'),
      );
    }
  }
}

function warnOfMechanism(report: CoverageReport, lanes: readonly Lane[], observer: Required<Observer>): void {
  const followed = lanes.some(({ targets }) =>
    targets.some(({ record }) => !isUntouched(record) && record.capture.identity !== noCapture),
  );
  if (report.mechanism === 'ready' || (report.mechanism === 'absent' && !followed)) return;
  observer.warning({
    code: 'SLUICE_CAPTURE_LOST',
    message:
      report.mechanism === 'lost'
        ? 'the capture can no longer deliver what it missed (its slot was invalidated)'
        : 'the capture that the indexes were following is gone from the source (its slot was dropped)',
    hint: 'It is made again and every index is reconciled. To keep it from happening, look at max_slot_wal_keep_size and at what drops slots.',
  });
}

function warnOf({ code, message, hint }: CoverageProblem, observer: Required<Observer>): void {
  observer.warning({ code, message, ...(hint === undefined ? {} : { hint }) });
}

/**
 * What is missing, and the whole script in the order in which it must run: identities come before
 * what publishes them, so statements are never taken from the problems one by one.
 */
export function notProvisionedError(
  problems: readonly CoverageProblem[],
  script: ProvisionScript,
): SluiceError {
  const lines = problems.map(({ message, guarantee }) =>
    guarantee === undefined ? message : `${message} (${guarantee})`,
  );
  const hints = [...new Set(problems.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))];
  const sql = script.sections.flatMap(({ title, statements }) => [
    `  -- ${title}`,
    ...statements.map((statement) => `  ${statement.replace(/;?$/, ';')}`),
  ]);
  const remedy =
    sql.length > 0
      ? ['Have a role that may run this, in this order (`sluice provision --print` prints it too):', ...sql]
      : [];
  return new SluiceError(
    'SLUICE_CAPTURE_NOT_PROVISIONED',
    ['the source is not ready for capture', ...lines].join('\n  - '),
    { hint: [...hints, ...remedy].join('\n') },
  );
}
