import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A registry of npm packages on this machine. */
export interface PackageRegistry extends AsyncDisposable {
  readonly url: string;
  /** Publishes a tarball that `npm pack` made. The highest version published last is `latest`. */
  publish(tarball: string): Promise<void>;
  /** What was asked for, as `GET /name`. */
  readonly requests: readonly string[];
}

interface Published {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly file: string;
  readonly content: Buffer;
}

/**
 * Starts a registry as far as `npm install` uses one: documents of packages, and tarballs. What it
 * does not have it answers with 404, or sends on to `upstream`.
 */
export async function startPackageRegistry(upstream?: string): Promise<PackageRegistry> {
  const packages = new Map<string, Published[]>();
  const requests: string[] = [];
  let url = '';

  const document = (name: string, versions: readonly Published[]) => ({
    name,
    'dist-tags': { latest: versions.at(-1)?.manifest.version },
    versions: Object.fromEntries(
      versions.map(({ manifest, file, content }) => [
        manifest.version,
        {
          ...manifest,
          dist: {
            tarball: `${url}/${name}/-/${file}`,
            integrity: `sha512-${createHash('sha512').update(content).digest('base64')}`,
          },
        },
      ]),
    ),
  });

  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    requests.push(`${request.method} /${path}`);
    const [name = '', file] = path.split('/-/');
    const versions = packages.get(name);
    const content = versions?.find((published) => published.file === file)?.content;
    if (versions !== undefined && file === undefined) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(document(name, versions)));
    } else if (content !== undefined) response.end(content);
    else if (upstream === undefined) {
      response.statusCode = 404;
      response.end('{"error":"Not found"}');
    } else response.writeHead(302, { location: new URL(request.url ?? '', upstream).href }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The registry has no port.');
  url = `http://127.0.0.1:${address.port}`;

  return {
    url,
    requests,
    publish: async (tarball) => {
      const content = await readFile(tarball);
      const manifest = manifestIn(content);
      const versions = packages.get(manifest.name) ?? [];
      packages.set(manifest.name, [...versions, { manifest, file: basename(tarball), content }]);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** package/package.json of a tarball: blocks of 512 bytes, the name at 0, the size in octal at 124. */
function manifestIn(tarball: Buffer): Published['manifest'] {
  const tar = gunzipSync(tarball);
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0;
    if (name === 'package/package.json') return JSON.parse(tar.toString('utf8', at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error('The tarball has no package.json.');
}
