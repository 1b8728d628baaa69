/**
 * The version of the server at `url` (`3.4.0`); rejects while it does not answer or has no cluster state.
 * Credentials in the URL are used.
 */
export async function serverVersion(url: string): Promise<string> {
  await ask(url, '/_cluster/health?wait_for_status=yellow&timeout=1s');
  const about: unknown = await (await ask(url, '/')).json();
  if (typeof about === 'object' && about !== null && 'version' in about) {
    const { version } = about;
    if (typeof version === 'object' && version !== null && 'number' in version) return String(version.number);
  }
  throw new Error(`${new URL(url).origin} is not an OpenSearch`);
}

async function ask(url: string, path: string): Promise<Response> {
  const { origin, username, password } = new URL(url);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  const response = await fetch(`${origin}${path}`, {
    headers: username === '' ? {} : { authorization: `Basic ${credentials}` },
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`${origin}${path} answered ${response.status}`);
  return response;
}
