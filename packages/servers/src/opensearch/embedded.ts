import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { serverControls } from '../process/server-controls.ts';
import { ServerHome, ServerProcess } from '../process/server-process.ts';
import { giveTo } from '../process/server-user.ts';
import { distribution } from './distribution.ts';
import { defaultHeap, defaultSettings, type OpenSearchOptions, type OpenSearchServer } from './options.ts';
import { planEmbedded } from './plan-embedded.ts';
import { serverVersion } from './probe.ts';
import { securedVersion, securitySettings, writeSecurity } from './security.ts';

/** Runs the minimal distribution on a Java of this machine. */
export async function startEmbeddedOpenSearch(options: OpenSearchOptions): Promise<OpenSearchServer> {
  const { release, java, user, cache } = planEmbedded(options);
  const environment = options.environment ?? process.env;
  const { onProgress, security } = options;
  const secured = security !== undefined;
  const software = await distribution(release, { cache, java, environment, onProgress, secured });

  const home = await ServerHome.make('opensearch', user, 'KILL');
  try {
    const port = options.port ?? (await freePort());
    const url = secured ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
    const config = join(home.path, 'config');
    await writeConfiguration(config, software, {
      'network.host': '127.0.0.1',
      'http.port': port,
      'transport.port': await freePort(),
      'path.data': join(home.path, 'data'),
      'path.logs': join(home.path, 'logs'),
      ...defaultSettings,
      ...(secured && securitySettings(security)),
      ...options.settings,
    });
    if (secured) await writeSecurity(config, security);
    for (const folder of ['tmp', 'data', 'logs']) await mkdir(join(home.path, folder));
    await giveTo(home.path, user);
    const heap = options.heap ?? defaultHeap;
    let version = '';
    const server = new ServerProcess(home, {
      command: join(software, 'bin', 'opensearch'),
      args: [],
      environment: {
        PATH: environment['PATH'],
        HOME: home.path,
        OPENSEARCH_JAVA_HOME: java.home,
        OPENSEARCH_PATH_CONF: config,
        OPENSEARCH_TMPDIR: join(home.path, 'tmp'),
        OPENSEARCH_JAVA_OPTS: `-Xms${heap} -Xmx${heap} ${options.jvm ?? ''}`.trim(),
      },
      user,
      stopSignal: 'SIGTERM',
      probe: async () => {
        version = secured ? await securedVersion(url, security, release) : await serverVersion(url);
      },
      bootDeadlineMs: 180_000,
    });
    await server.start();
    return {
      origin: 'embedded',
      url,
      version,
      ...serverControls(server, home),
    };
  } catch (error) {
    await home[Symbol.asyncDispose]();
    throw error;
  }
}

/** Logs to standard output, which is the server's log here. */
const loggingProperties = `
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`;

async function writeConfiguration(
  config: string,
  software: string,
  settings: Readonly<Record<string, string | number | boolean>>,
): Promise<void> {
  await mkdir(config);
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  await writeFile(join(config, 'opensearch.yml'), lines.join(''));
  await writeFile(join(config, 'log4j2.properties'), loggingProperties);
  const java = await readFile(join(software, 'config', 'jvm.options'), 'utf8');
  await writeFile(join(config, 'jvm.options'), withoutFiles(java));
}

/** The options without those that write below the software's folder, which many servers share and none may change. */
function withoutFiles(options: string): string {
  const writes = /gc\.log|HeapDump|ErrorFile|GCLogFile|LogFile/;
  return options
    .split('\n')
    .filter((line) => !line.startsWith('#') && !writes.test(line))
    .join('\n');
}
