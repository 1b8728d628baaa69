import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '@sluice/core';
import { cached } from '../cache.ts';
import type { Java, Release } from './release.ts';

/**
 * The modules that mappings, analyzers and delete-by-query need. The distribution on Maven is the minimal
 * one, and of these there are only the jars: each gets a descriptor of our own around it. Version 3 renamed
 * their classes from `…Plugin` to `…ModulePlugin`.
 */
const modules = [
  { name: 'analysis-common', artifact: 'analysis-common', plugin: 'analysis.common.CommonAnalysis' },
  { name: 'mapper-extras', artifact: 'mapper-extras-client', plugin: 'index.mapper.MapperExtras' },
  { name: 'reindex', artifact: 'reindex-client', plugin: 'index.reindex.Reindex' },
] as const;

/** Not a part of the minimal distribution. Its version is that of the server with one more number. */
const securityPlugin = 'opensearch-security';

export interface DownloadOptions {
  readonly cache: string;
  /** With the security plugin. */
  readonly secured: boolean;
  readonly java: Java;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/**
 * The folder of an unpacked release. What is in it is part of its name, so that a later Sluice does not
 * take what an earlier one made.
 */
export function distributionFolder(release: Release, cache: string, secured: boolean): string {
  const descriptors = modules.map(({ name, plugin }) => descriptor(name, plugin, release));
  const contents = [projectFile(release.version, secured), ...descriptors].join('');
  const digest = createHash('sha256').update(contents).digest('hex').slice(0, 8);
  return join(cache, `opensearch-${release.version}-${digest}`);
}

/** Downloads a release with Maven, from wherever Maven is set up to, unless that was done before. */
export async function distribution(release: Release, options: DownloadOptions): Promise<string> {
  const { cache, secured } = options;
  return await cached(distributionFolder(release, cache, secured), async (directory) => {
    options.onProgress?.(`Downloading OpenSearch ${release.version} with Maven (${release.download}, once).`);
    const work = join(directory, 'download');
    await mkdir(work);
    await writeFile(join(work, 'pom.xml'), projectFile(release.version, secured));
    await runMaven(work, options);
    const unpacked = join(work, 'unpacked', `opensearch-${release.version}`);
    await addModules(unpacked, join(work, 'jars'), release);
    if (secured) await rename(join(work, securityPlugin), join(unpacked, 'plugins', securityPlugin));
    for (const name of await readdir(unpacked)) await rename(join(unpacked, name), join(directory, name));
    await rm(work, { recursive: true });
  });
}

/** A Maven project that unpacks the distribution and gathers the modules' jars with what they depend on. */
function projectFile(version: string, secured: boolean): string {
  const dependencies = modules.map(
    ({ artifact }) =>
      `<dependency><groupId>org.opensearch.plugin</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  const plugin = `<artifactItem>
        <groupId>org.opensearch.plugin</groupId><artifactId>${securityPlugin}</artifactId>
        <version>${version}.0</version><type>zip</type><outputDirectory>${securityPlugin}</outputDirectory>
      </artifactItem>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>opensearch</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${dependencies.join('')}</dependencies>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
    <configuration>
      <artifactItems><artifactItem>
        <groupId>org.opensearch.distribution.integ-test-zip</groupId><artifactId>opensearch</artifactId>
        <version>${version}</version><type>zip</type><outputDirectory>unpacked</outputDirectory>
      </artifactItem>${secured ? plugin : ''}</artifactItems>
      <includeScope>runtime</includeScope>
      <outputDirectory>jars</outputDirectory>
    </configuration>
  </plugin></plugins></build>
</project>
`;
}

async function runMaven(work: string, { java, environment }: DownloadOptions): Promise<void> {
  const goals = ['dependency:unpack', 'dependency:copy-dependencies'];
  try {
    await promisify(execFile)('mvn', ['--batch-mode', '--quiet', ...goals], {
      cwd: work,
      env: { ...environment, JAVA_HOME: java.home },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (cause) {
    const output = cause instanceof Error && 'stdout' in cause ? String(cause.stdout) : '';
    const [line = String(cause)] = output.split('\n').filter((text) => text.startsWith('[ERROR]'));
    throw new SluiceError('SLUICE_SERVER_UNAVAILABLE', `Maven could not download OpenSearch: ${line}`, {
      hint: 'See that Maven reaches its repository: mvn dependency:get -Dartifact=junit:junit:4.13.2',
      cause,
    });
  }
}

/** A class in two jars of one class path ends the boot ("jar hell"), so what the server has stays out. */
async function addModules(home: string, jars: string, release: Release): Promise<void> {
  const own = new Set((await readdir(join(home, 'lib'))).map(artifactOf));
  const first: readonly string[] = modules.map(({ artifact }) => artifact);
  const dependencies = (await readdir(jars)).filter(
    (jar) => !own.has(artifactOf(jar)) && !first.includes(artifactOf(jar)),
  );
  for (const { name, artifact, plugin } of modules) {
    const folder = join(home, 'modules', name);
    await mkdir(folder);
    const jar = `${artifact}-${release.version}.jar`;
    await rename(join(jars, jar), join(folder, jar));
    if (name === 'reindex') {
      for (const dependency of dependencies) await rename(join(jars, dependency), join(folder, dependency));
    }
    await writeFile(join(folder, 'plugin-descriptor.properties'), descriptor(name, plugin, release));
  }
}

/** `httpcore5-h2` of `httpcore5-h2-5.3.4.jar`. */
function artifactOf(jar: string): string {
  return jar.replace(/-\d.*$/, '');
}

function descriptor(name: string, plugin: string, release: Release): string {
  const suffix = Number.parseInt(release.version, 10) >= 3 ? 'ModulePlugin' : 'Plugin';
  return Object.entries({
    name,
    description: name,
    version: release.version,
    classname: `org.opensearch.${plugin}${suffix}`,
    'java.version': release.java,
    'opensearch.version': release.version,
    'has.native.controller': false,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
