import { isSluiceError, type SourceState } from '@sluice/core';
import { describeChoice, refusedSource, remedyOf, sharedPlace } from '@sluice/core/engine';
import { bindAll, renderWarnings } from '../binding.ts';
import { decideCapture, type SinkRecords } from '../capture-decision.ts';
import type { Deployment } from '../deployment.ts';
import { describeError, type ErrorDescription } from '../output/describe-error.ts';
import { checkSinks, type SinkCheck } from './check-sinks.ts';
import { coverageError, inspectCoverage, mechanismError, type SourceCoverage } from './check-source.ts';

/** What source and sinks say of a configuration. */
export interface ServerCheck {
  /** null where the source could not be asked. */
  readonly coverage: ChosenCoverage | null;
  readonly sinks: readonly SinkCheck[];
  /** Warnings about the schemas, with frames; '' if there are none. */
  readonly warnings: string;
  /** Everything that would keep a run from starting. */
  readonly problems: readonly ErrorDescription[];
}

/** What the source has for the capture that a run would take. */
export interface ChosenCoverage extends SourceCoverage {
  /** The plugin's short name. */
  readonly capture: string;
  /** How it was chosen, where the configuration alone does not say it. */
  readonly choice: string | null;
}

interface SourceCheck extends Omit<ServerCheck, 'sinks'> {
  /** null where the source could not be asked. */
  readonly state: SourceState | null;
}

/** Asks all servers, and goes on where one fails: all problems are told at once. Changes nothing. */
export async function checkServers(
  deployment: Deployment<'capture' | 'documents' | 'sinks'>,
): Promise<ServerCheck> {
  const asked = await checkSinks(deployment);
  const records = new Map(asked.map((sink) => [sink.name, sink.records]));
  const { state, ...source } = await checkSource(deployment, records);
  const sinks = asked.map((check) => withIdentity(deployment, check, state));
  const shared = await sharedPlaces(deployment);
  return { ...source, sinks, problems: [...source.problems, ...sinks.flatMap(sinkProblems), ...shared] };
}

/** Sinks that lead to the same place. One that does not answer is told of by itself. */
async function sharedPlaces({ config, sinks }: Deployment<'sinks'>): Promise<readonly ErrorDescription[]> {
  try {
    const error = await sharedPlace(
      sinks,
      config.indexes.filter(({ enabled }) => enabled),
    );
    return error === null ? [] : [describeError(error)];
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return [];
  }
}

/** What is wrong with a sink, by its name. */
function sinkProblems({ name, required, failure, refusals }: SinkCheck): readonly ErrorDescription[] {
  const failures = required && failure !== null ? [failure] : [];
  return [...failures, ...refusals].map((error) => {
    const described = describeError(error);
    const named = described.message.includes(`sink "${name}"`);
    return named ? described : { ...described, message: `Sink "${name}": ${described.message}` };
  });
}

/** Whether this source may write to what the sink holds, as a run would judge. */
function withIdentity(
  { config, sinks }: Deployment<'sinks'>,
  check: SinkCheck,
  state: SourceState | null,
): SinkCheck {
  const sink = sinks.find(({ name }) => name === check.name);
  if (state === null || sink === undefined) return check;
  const indexes = config.indexes.filter(({ enabled }) => enabled);
  const refused = refusedSource({ sink, records: check.records, indexes, source: state });
  return { ...check, refusals: [...check.refusals, ...refused] };
}

async function checkSource(
  deployment: Deployment<'capture' | 'documents' | 'sinks'>,
  records: SinkRecords,
): Promise<SourceCheck> {
  const { documents, config } = deployment;
  let warnings = '';
  try {
    const { requirements, diagnostics } = await bindAll(deployment);
    warnings = renderWarnings(config, diagnostics);
    const decision = await decideCapture(deployment, requirements, records);
    const { plugin, capture } = decision.switchTo ?? decision.follow;
    const found = await inspectCoverage(capture, requirements);
    const coverage = { ...found, capture: plugin.name, choice: describeChoice(decision) };
    const error = await coverageError(capture, requirements, coverage);
    const state = await documents.source();
    return { state, coverage, warnings, problems: error === null ? [] : [describeError(error)] };
  } catch (error) {
    const others = isUnreachable(error) ? [] : await mechanismProblems(deployment);
    return { state: null, coverage: null, warnings, problems: [describeError(error), ...others] };
  }
}

/** What else is wrong with server and role, so that nobody has to mend schemas first to hear of it. */
async function mechanismProblems({ capture }: Deployment<'capture'>): Promise<readonly ErrorDescription[]> {
  try {
    // Of several captures to choose from one that works is enough.
    let error: Awaited<ReturnType<typeof mechanismError>> = null;
    for (const each of capture.allowed) {
      error = await mechanismError(each.capture);
      if (error === null) return [];
    }
    return error === null ? [] : [describeError(error)];
  } catch (error) {
    return [describeError(error)];
  }
}

function isUnreachable(error: unknown): boolean {
  return !isSluiceError(error) || !error.code.startsWith('SLUICE_SCHEMA_');
}

/** The good news of a check, a line each, and what a run would warn of. */
export function renderServerCheck({ coverage, sinks, problems }: ServerCheck): readonly string[] {
  const verdict = problems.length === 0 ? ['Everything is ready: `sluice run` can start.'] : [];
  return [...renderCoverage(coverage), ...sinks.flatMap(renderSink), ...verdict];
}

function withRemedy(line: string, remedy: string | undefined): readonly string[] {
  return remedy === undefined ? [line] : [line, `  ${remedy}`];
}

function renderCoverage(coverage: ChosenCoverage | null): readonly string[] {
  if (coverage === null || coverage.blocking.length > 0) return [];
  const { mechanism, mendable, accepted, notices, choice } = coverage;
  const chosen = choice === null ? [] : [`${choice.charAt(0).toUpperCase()}${choice.slice(1)}`];
  const warned = [
    ...accepted.flatMap((problem) => withRemedy(`warning: ${problem.message}`, remedyOf(problem))),
    ...notices.flatMap(({ message, hint }) => withRemedy(`note: ${message}`, hint)),
  ];
  if (mechanism === 'ready' && mendable.length === 0) {
    return [...chosen, 'The source has all that the capture needs.', ...warned];
  }
  return [
    ...chosen,
    'The source lacks something that this role may make; `sluice run` will.',
    ...mendable.map(({ message }) => `  - ${message}`),
    ...(mechanism === 'lost'
      ? [
          'What it missed is not delivered any more: the next run reads all rows again and reconciles every index.',
        ]
      : []),
    ...warned,
  ];
}

function renderSink({ name, required, asked, failure, refusals }: SinkCheck): readonly string[] {
  if (!asked) return [`Sink ${name} can only be tried by writing to it: \`sluice run\` will.`];
  if (failure === null) return refusals.length === 0 ? [`Sink ${name} is ready.`] : [];
  if (required) return [];
  return [`Sink ${name} does not answer, and is not required: ${describeError(failure).message}`];
}
