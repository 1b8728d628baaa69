import { containerServer } from '../container/container-server.ts';
import { loadContainers } from '../container/runtime.ts';
import { freePort } from '../free-port.ts';
import { NotHere } from '../origins.ts';
import { defaultHeap, defaultSettings, type OpenSearchOptions, type OpenSearchServer } from './options.ts';
import { serverVersion } from './probe.ts';
import { releases } from './release.ts';

/** Runs the official image without its security plugin. */
export async function startOpenSearchContainer(options: OpenSearchOptions): Promise<OpenSearchServer> {
  if (options.security !== undefined) throw new NotHere('the image is run without its security plugin');
  const { GenericContainer } = await loadContainers(options.environment ?? process.env);
  const release = releases.find(({ line }) => line === (options.line ?? releases[0]?.line));
  const image = `opensearchproject/opensearch:${release?.version}`;
  const port = options.port ?? (await freePort());
  const heap = options.heap ?? defaultHeap;
  const settings = Object.entries({ ...defaultSettings, ...options.settings });
  options.onProgress?.(`Starting the container ${image}.`);
  const container = await new GenericContainer(image)
    .withEnvironment({
      DISABLE_SECURITY_PLUGIN: 'true',
      DISABLE_INSTALL_DEMO_CONFIG: 'true',
      DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI: 'true',
      OPENSEARCH_JAVA_OPTS: `-Xms${heap} -Xmx${heap} ${options.jvm ?? ''}`.trim(),
      // The image hands variables that look like settings on to the server.
      ...Object.fromEntries(settings.map(([name, value]) => [name, String(value)])),
    })
    .withExposedPorts({ container: 9200, host: port })
    .withStartupTimeout(180_000)
    .start();
  const url = `http://${container.getHost()}:${port}`;
  return await containerServer({ container, url, probe: () => serverVersion(url) });
}
