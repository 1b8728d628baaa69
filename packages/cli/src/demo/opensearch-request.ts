import { SluiceError } from '@sluice/core';

/** Sends one request; resolves to the parsed answer, or null for 404. */
export type OpenSearchRequest = (path: string, method?: string, body?: unknown) => Promise<unknown>;

/** Plain HTTP to an OpenSearch, credentials from the URL: what curl would do. */
export function openSearchRequest(url: string): OpenSearchRequest {
  const base = new URL(url);
  const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (base.username !== '') headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  base.username = '';
  base.password = '';
  const root = base.href.endsWith('/') ? base.href : `${base.href}/`;
  return async (path, method = 'GET', body) => {
    const response = await fetch(new URL(path, root), {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response.json();
    await response.body?.cancel();
    if (response.status === 404) return null;
    throw new SluiceError(
      'SLUICE_SINK_REFUSED',
      `OpenSearch answers ${response.status} to ${method} ${path}.`,
    );
  };
}
