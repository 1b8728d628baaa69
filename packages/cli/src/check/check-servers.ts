import { bindAll, renderWarnings } from '../binding.ts';
import type { Deployment } from '../deployment.ts';
import { describeError, type ErrorDescription } from '../output/describe-error.ts';
import { checkSinks, type SinkCheck } from './check-sinks.ts';
import { coverageError, inspectCoverage, type SourceCoverage } from './check-source.ts';

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

/** Asks all servers, and goes on where one fails: all problems are told at once. Changes nothing. */
export async function checkServers(
  deployment: Deployment<'capture' | 'documents' | 'sinks'>,
): Promise<ServerCheck> {
  const [source, sinks] = await Promise.all([checkSource(deployment), checkSinks(deployment)]);
  const silent = sinks.filter(({ required, failure }) => required && failure !== null);
  return {
    ...source,
    sinks,
    problems: [...source.problems, ...silent.map(({ failure }) => describeError(failure))],
  };
}

async function checkSource(
  deployment: Deployment<'capture' | 'documents'>,
): Promise<Omit<ServerCheck, 'sinks'>> {
  let warnings = '';
  try {
    const { requirements, diagnostics } = await bindAll(deployment);
    warnings = renderWarnings(deployment.config, diagnostics);
    const coverage = await inspectCoverage(deployment.capture, requirements);
    const error = coverageError(coverage);
    return { coverage, warnings, problems: error === null ? [] : [describeError(error)] };
  } catch (error) {
    return { coverage: null, warnings, problems: [describeError(error)] };
  }
}

/** The good news of a check, a line each. */
export function renderServerCheck({ coverage, sinks }: ServerCheck): readonly string[] {
  return [...renderCoverage(coverage), ...sinks.map(renderSink)];
}

function renderCoverage(coverage: SourceCoverage | null): readonly string[] {
  if (coverage === null || coverage.blocking.length > 0) return [];
  const { mechanism, mendable } = coverage;
  if (mechanism === 'ready' && mendable.length === 0) return ['The source has all that the capture needs.'];
  return [
    'The source lacks something that this role may make; `sluice run` will.',
    ...mendable.map(({ message }) => `  - ${message}`),
  ];
}

function renderSink({ name, required, failure }: SinkCheck): string {
  if (failure === null) return `Sink ${name} is ready.`;
  const reason = describeError(failure).message;
  return `Sink ${name} does not answer${required ? '' : ', and is not required'}: ${reason}`;
}
