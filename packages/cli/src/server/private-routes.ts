import { errorCatalogue, isSluiceError, SluiceError } from '@sluice/core';
import { type LoadedConfig, parseDuration } from '@sluice/core/config';
import type { RunSink } from '@sluice/core/container';
import { type RunControl, requestReindex, waitTimeout } from '@sluice/core/engine';
import { sinksOf } from '../generations/index-sinks.ts';
import { describeError } from '../output/describe-error.ts';
import { errorEnvelope, successEnvelope } from '../output/envelope.ts';
import { chosenIndexes, waitPoint } from '../wait/wait-point.ts';
import { type Answer, type Request, refusal } from './http-server.ts';
import { hasToken } from './token.ts';

export interface PrivateSources {
  readonly token: string;
  readonly control: RunControl;
  /** Names of the enabled indexes. */
  readonly indexes: readonly string[];
  readonly config: LoadedConfig;
  readonly sinks: readonly RunSink[];
}

const defaultTimeoutMs = 30_000;
const longestTimeoutMs = 300_000;

/** What costs or changes something: for whoever has the token. */
export async function answerPrivate(request: Request, sources: PrivateSources): Promise<Answer | null> {
  if (!hasToken(request.authorization, sources.token)) {
    return refusal(401, 'the token is missing or wrong: Authorization: Bearer …');
  }
  const route = routeOf(request, sources);
  if (route === null) return null;
  if (request.method !== route.method) {
    return refusal(405, `only ${route.method} is answered here`);
  }
  try {
    return { status: route.status, body: successEnvelope(await route.answer()) };
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return { status: statusOf(error), body: errorEnvelope(describeError(error)) };
  }
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** Of an answer that is no error. */
  readonly status: 200 | 202;
  readonly answer: () => Promise<object>;
}

function routeOf(request: Request, sources: PrivateSources): Route | null {
  if (request.path === '/wait') {
    return { method: 'GET', status: 200, answer: () => waitFor(request, sources) };
  }
  const index = /^\/indexes\/([^/]+)\/reindex$/.exec(request.path)?.[1];
  if (index === undefined || !sources.indexes.includes(index)) return null;
  // It is put on record and carried out in a while: whoever asked need not stay.
  return { method: 'POST', status: 202, answer: () => reindex(index, request, sources) };
}

async function reindex(
  index: string,
  { query }: Request,
  { config, sinks }: PrivateSources,
): Promise<object> {
  const keep = query.has('keep');
  const asked = [];
  for (const { name, records } of sinksOf(config, sinks, index)) {
    const { request, joined } = await requestReindex(records, index, { action: 'reindex', keep });
    asked.push({ sink: name, request: request.id, joined });
  }
  return { index, sinks: asked };
}

async function waitFor({ query, signal }: Request, { control, indexes }: PrivateSources): Promise<object> {
  const point = waitPoint({
    xid: query.get('xid') ?? undefined,
    position: query.get('position') ?? undefined,
    now: query.has('now'),
  });
  const request = { point, indexes: chosenIndexes(query.getAll('index'), indexes) };
  const timeoutMs = timeoutOf(query.get('timeout'));
  const began = performance.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  let reason = 'nothing was heard yet';
  try {
    const result = await control.wait(request, AbortSignal.any([signal, timeout]), (told) => {
      reason = told;
    });
    return { ...result, ms: Math.round(performance.now() - began) };
  } catch (error) {
    if (timeout.aborted) throw waitTimeout(timeoutMs, reason);
    throw error;
  }
}

function timeoutOf(text: string | null): number {
  if (text === null) return defaultTimeoutMs;
  const ms = parseDuration(text);
  if (ms === null) {
    throw new SluiceError('SLUICE_USAGE', `"${text}" is not a duration.`, {
      hint: 'Write it with its unit, such as 500ms, 30s or 5m.',
    });
  }
  return Math.min(ms, longestTimeoutMs);
}

function statusOf({ code }: Pick<SluiceError, 'code'>): number {
  if (code === 'SLUICE_WAIT_TIMEOUT') return 504;
  if (code === 'SLUICE_WAIT_ABORTED') return 409;
  return errorCatalogue[code].exit === 2 ? 400 : 503;
}
