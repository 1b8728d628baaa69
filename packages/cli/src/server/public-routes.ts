import type { RunStatus } from '../status/run-status.ts';
import type { Answer, Request } from './http-server.ts';

export interface PublicSources {
  readonly status: () => RunStatus;
  /** In Prometheus' text form. */
  readonly metrics: () => Promise<{ readonly text: string; readonly type: string }>;
}

/** What anybody may read who reaches the port. Nothing of it changes anything, or holds a secret. */
export async function answerPublic(
  { method, path }: Request,
  sources: PublicSources,
): Promise<Answer | null> {
  const handler = routes[path];
  if (handler === undefined) return null;
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, body: { error: 'only GET is answered here' } };
  return await handler(sources);
}

const routes: Readonly<Record<string, (sources: PublicSources) => Answer | Promise<Answer>>> = {
  '/healthz': () => ({ status: 200, body: { ok: true } }),
  '/readyz': ({ status }) => {
    const { ready, phase } = status();
    return { status: ready ? 200 : 503, body: { ready, phase } };
  },
  '/status': ({ status }) => ({ status: 200, body: status() }),
  '/metrics': async ({ metrics }) => {
    const { text, type } = await metrics();
    return { status: 200, body: text, type };
  },
};
