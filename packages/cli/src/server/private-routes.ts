import { isSluiceError, SluiceError } from '@sluice/core';
import { parseDuration } from '@sluice/core/config';
import { type RunControl, waitTimeout } from '@sluice/core/engine';
import { describeError } from '../output/describe-error.ts';
import { errorEnvelope, successEnvelope } from '../output/envelope.ts';
import { chosenIndexes, waitPoint } from '../wait/wait-point.ts';
import type { Answer, Request } from './http-server.ts';
import { hasToken } from './token.ts';

export interface PrivateSources {
  readonly token: string;
  readonly control: RunControl;
  /** Names of the enabled indexes. */
  readonly indexes: readonly string[];
}

const defaultTimeoutMs = 30_000;
const longestTimeoutMs = 300_000;

/** What costs or changes something: for whoever has the token. */
export async function answerPrivate(request: Request, sources: PrivateSources): Promise<Answer | null> {
  if (!hasToken(request.authorization, sources.token)) {
    return { status: 401, body: { error: 'the token is missing or wrong: Authorization: Bearer …' } };
  }
  if (request.path !== '/wait') return null;
  if (request.method !== 'GET') return { status: 405, body: { error: 'only GET is answered here' } };
  try {
    return { status: 200, body: successEnvelope(await waitFor(request, sources)) };
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return { status: statusOf(error), body: errorEnvelope(describeError(error)) };
  }
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
  return code === 'SLUICE_WAIT_REFUSED' || code === 'SLUICE_USAGE' ? 400 : 503;
}
