import type {
  CaptureRequirements,
  CoverageProblem,
  CoverageReport,
  Observer,
  ProvisionScript,
  RequiredTable,
  TableName,
} from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { type Lane, tableId } from '../delivery/lane.ts';
import { isUntouched, restarted } from '../generations/record-changes.ts';
import { noCapture } from './capture-record.ts';
import type { NamedCapture } from './captures.ts';

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
  readonly capture: NamedCapture;
  readonly required: CaptureRequirements;
  readonly lanes: readonly Lane[];
  readonly provision: boolean;
  readonly observer: Required<Observer>;
  readonly signal: AbortSignal;
  /** Names of captures that the configuration allows as well. */
  readonly others: readonly string[];
}

export interface Readiness {
  /** The capture began with this start. */
  readonly created: boolean;
  /** There were tables that it did not cover: what happened to them meanwhile was not captured. */
  readonly gaps: boolean;
}

/**
 * Makes the capture cover what the plans need, or throws SLUICE_CAPTURE_NOT_PROVISIONED with the SQL.
 * What was not covered until now was not captured: indexes that read it are put down for a reconcile
 * *before* it is mended, so that a crash in between cannot hide the gap.
 */
export async function makeReady(options: MakeReadyOptions): Promise<Readiness> {
  const { required, lanes, provision, observer, signal } = options;
  const { capture } = options.capture;
  const report = await capture.inspect(required);
  warnOfMechanism(report, options.capture, lanes, observer);
  for (const { message } of report.notices ?? []) observer.info({ message });
  const missing = report.tables.filter(({ covered }) => !covered);
  // On record before anything is mended, by us or, after this fails, by hand: the gap must not be hidden by it.
  await recordGaps(
    lanes,
    missing.map(({ table }) => table),
  );
  const blocking = obstaclesIn(report, provision);
  if (blocking.length > 0) {
    throw withOthers(notProvisionedError(blocking, await capture.script(required)), options);
  }
  for (const { covered, problems } of report.tables) {
    if (covered) for (const problem of problems) warnOf(problem, observer);
  }
  if (!provision) {
    if (report.mechanism !== 'ready' || missing.length > 0) {
      throw withOthers(notProvisionedError([], await capture.script(required)), options);
    }
    return { created: false, gaps: false };
  }
  if (report.mechanism !== 'ready') await confirmRecords(lanes);
  const provisioned = await capture.provision(required, {
    signal,
    onWait: (message) => observer.info({ message }),
  });
  await recordGaps(lanes, provisioned.added);
  return { created: provisioned.created, gaps: missing.length + provisioned.added.length > 0 };
}

/** The choice among captures is not made anew: a person does that by naming one. */
function withOthers(error: SluiceError, { capture, others }: MakeReadyOptions): SluiceError {
  if (others.length === 0) return error;
  const named = others.map((name) => `\`capture: ${name}\``).join(' or ');
  const hint = `The indexes stay with ${capture.plugin.name} by themselves; to follow another capture, name it: ${named}.`;
  return new SluiceError(error.code, error.message, { hint: [error.hint, hint].join('\n') });
}

/**
 * What of a report nobody here can mend.
 *
 * @param provision Whether anything may be made in the source.
 */
export function obstaclesIn(report: CoverageReport, provision: boolean): readonly CoverageProblem[] {
  const problems = [
    ...report.problems,
    ...report.tables.flatMap((table) => (table.covered ? [] : table.problems)),
  ];
  return problems.filter(({ fixable }) => !provision || !fixable);
}

/** What nobody's record names any more would never be removed: a slot would keep the log for ever. */
async function confirmRecords(lanes: readonly Lane[]): Promise<void> {
  for (const { targets } of lanes) {
    for (const target of targets) await target.confirm();
  }
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

function warnOfMechanism(
  report: CoverageReport,
  { plugin }: NamedCapture,
  lanes: readonly Lane[],
  observer: Required<Observer>,
): void {
  const followed = lanes.some(({ targets }) =>
    targets.some(({ record }) => {
      const { identity, plugin: named = plugin } = record.capture;
      return !isUntouched(record) && identity !== noCapture && named.name === plugin.name;
    }),
  );
  if (report.mechanism === 'ready' || (report.mechanism === 'absent' && !followed)) return;
  const told = report.problems.map(({ message }) => message).join(' ');
  const what =
    report.mechanism === 'lost'
      ? 'the capture can no longer deliver what it missed'
      : 'what the indexes were following is gone from the source';
  const hints = report.problems.flatMap(({ hint }) => hint ?? []);
  observer.warning({
    code: 'SLUICE_CAPTURE_LOST',
    message: told === '' ? what : `${what}: ${told}`,
    hint: ['It is made again and every index is reconciled.', ...hints].join(' '),
  });
}

/** What can be done about a problem that keeps nobody from running; undefined where nothing can. */
export function remedyOf({ hint, sql = [] }: CoverageProblem): string | undefined {
  const printed = sql.length === 0 ? [] : ['`sluice provision --print` prints the SQL.'];
  const remedy = [...(hint === undefined ? [] : [hint]), ...printed];
  return remedy.length === 0 ? undefined : remedy.join(' ');
}

function warnOf(problem: CoverageProblem, observer: Required<Observer>): void {
  const { code } = problem;
  const hint = remedyOf(problem);
  observer.warning({ code, message: withGuarantee(problem), ...(hint === undefined ? {} : { hint }) });
}

function withGuarantee({ message, guarantee }: CoverageProblem): string {
  return guarantee === undefined ? message : `${message} (${guarantee})`;
}

/**
 * What is missing, and the whole script in the order in which it must run: identities come before
 * what publishes them, so statements are never taken from the problems one by one.
 */
export function notProvisionedError(
  problems: readonly CoverageProblem[],
  script: ProvisionScript,
): SluiceError {
  const lines = problems.map(withGuarantee);
  const hints = [...new Set(problems.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))];
  // The script is of everything that is missing; what it does not mend, an option say, must not be told with it.
  const mendable = problems.length === 0 || problems.some(({ fixable, sql }) => fixable || sql !== undefined);
  const sql = (mendable ? script.sections : []).flatMap(({ title, statements }) => [
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
