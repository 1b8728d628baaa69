import { isSluiceError, type SourceState } from '@sluice/core';
import { refusedSource } from '@sluice/core/engine';
import { bindAll, renderWarnings } from '../binding.ts';
import type { Deployment } from '../deployment.ts';
import { describeError, type ErrorDescription } from '../output/describe-error.ts';
import { checkSinks, type SinkCheck } from './check-sinks.ts';
import { coverageError, inspectCoverage, mechanismError, type SourceCoverage } from './check-source.ts';

/** What source and sinks say of a configuration. */
export interface ServerCheck {
  /** null where the source could not be asked. */
  readonly coverage: SourceCoverage | null;
  readonly sinks: readonly SinkCheck[];
  /** Warnings about the schemas, with frames; '' if there are none. */
  readonly warnings: string;
  /** Everything that would keep a run from starting. */
  readonly problems: readonly ErrorDescription[];
}

interface SourceCheck extends Omit<ServerCheck, 'sinks'> {
  /** null where the source could not be asked. */
  readonly state: SourceState | null;
}

/** Asks all servers, and goes on where one fails: all problems are told at once. Changes nothing. */
export async function checkServers(
  deployment: Deployment<'capture' | 'documents' | 'sinks'>,
): Promise<ServerCheck> {
  const [{ state, ...source }, asked] = await Promise.all([checkSource(deployment), checkSinks(deployment)]);
  const sinks = asked.map((check) => withIdentity(deployment, check, state));
  return { ...source, sinks, problems: [...source.problems, ...sinks.flatMap(sinkProblems)] };
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

async function checkSource(deployment: Deployment<'capture' | 'documents'>): Promise<SourceCheck> {
  const { capture, documents, config } = deployment;
  let warnings = '';
  try {
    const { requirements, diagnostics } = await bindAll(deployment);
    warnings = renderWarnings(config, diagnostics);
    const coverage = await inspectCoverage(capture, requirements);
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
    const error = await mechanismError(capture);
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

function renderCoverage(coverage: SourceCoverage | null): readonly string[] {
  if (coverage === null || coverage.blocking.length > 0) return [];
  const { mechanism, mendable, accepted } = coverage;
  const warned = accepted.map(({ message }) => `warning: ${message}`);
  if (mechanism === 'ready' && mendable.length === 0) {
    return ['The source has all that the capture needs.', ...warned];
  }
  return [
    'The source lacks something that this role may make; `sluice run` will.',
    ...mendable.map(({ message }) => `  - ${message}`),
    ...warned,
  ];
}

function renderSink({ name, required, failure, refusals }: SinkCheck): readonly string[] {
  if (failure === null) return refusals.length === 0 ? [`Sink ${name} is ready.`] : [];
  if (required) return [];
  return [`Sink ${name} does not answer, and is not required: ${describeError(failure).message}`];
}
