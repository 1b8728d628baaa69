import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSearch, type TestSearch } from '../../support/opensearch.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { type CaptureName, captures, captureUnderTest } from './captures.ts';
import { convergence } from './convergence.ts';
import { differences } from './differences.ts';
import type { Documents } from './documents.ts';
import { expectedDocuments } from './expected-documents.ts';
import type { Fixture, IndexFixture } from './fixture.ts';
import { indexedDocuments } from './indexed-documents.ts';
import { marker, markerArrived } from './marker.ts';
import { type Ending, type ProcessOptions, SluiceProcess } from './sluice-process.ts';

export interface DeploymentOptions extends Fixture {
  readonly capture?: CaptureName;
  /** What is written beside `plugin:`. Default: short waits; an empty object is what users get who say nothing. */
  readonly captureOptions?: object;
  /** Servers of the test's own, to stop and restart; else the shared ones. */
  readonly servers?: { readonly postgres?: string; readonly opensearch?: string };
  /** That of another deployment, to meet it; else one of its own. */
  readonly prefix?: string;
  /** `source.connection` as written; else a URL from the environment. */
  readonly connection?: string | object;
  /** Options of the OpenSearch sink. */
  readonly search?: object;
  /** Sinks beside `search`, the OpenSearch. */
  readonly sinks?: Readonly<Record<string, object>>;
  /** `source.limits` as written. */
  readonly limits?: object;
  /** `server` as written. */
  readonly server?: object;
  /** `none`: only the fixture's indexes, so that the process ends when all of them are stopped. */
  readonly marker?: 'index' | 'none';
}

export interface RunOptions extends Partial<Pick<ProcessOptions, 'heapMiB'>> {
  readonly args?: readonly string[];
}

export interface ConvergeOptions {
  readonly deadlineMs?: number;
}

/** A database, an index prefix and a folder with a configuration, all its own. */
export class Deployment implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly search: TestSearch;
  readonly directory: string;
  /** What the command finds in its environment; read whenever one starts. */
  readonly environment: Record<string, string>;
  #options: DeploymentOptions;
  #process: SluiceProcess | null = null;

  private constructor(
    database: TestDatabase,
    search: TestSearch,
    directory: string,
    options: DeploymentOptions,
  ) {
    this.database = database;
    this.search = search;
    this.directory = directory;
    this.#options = options;
    this.environment = { DATABASE_URL: database.url, OPENSEARCH_URL: search.url };
  }

  /** Makes the tables and writes the files; runs nothing. */
  static async create(options: DeploymentOptions): Promise<Deployment> {
    const [database, directory] = await Promise.all([
      createDatabase(options.servers?.postgres),
      mkdtemp(join(tmpdir(), 'sluice-e2e-')),
    ]);
    const deployment = new Deployment(
      database,
      createSearch(options.servers?.opensearch, options.prefix),
      directory,
      options,
    );
    await database.query(options.tables);
    if (deployment.#marked) await database.query(marker.tables);
    await deployment.writeConfiguration();
    return deployment;
  }

  /** As `create`, then runs Sluice until it is live. */
  static async start(options: DeploymentOptions): Promise<Deployment> {
    const deployment = await Deployment.create(options);
    try {
      await deployment.start();
      await deployment.converged();
    } catch (error) {
      await deployment[Symbol.asyncDispose]();
      throw error;
    }
    return deployment;
  }

  get #marked(): boolean {
    return this.#options.marker !== 'none';
  }

  get indexes(): Readonly<Record<string, IndexFixture>> {
    return this.#options.indexes;
  }

  /** Which kind finds out what changed. */
  get capture(): CaptureName {
    return this.#options.capture ?? captureUnderTest();
  }

  /** @throws Error where nothing was started */
  get process(): SluiceProcess {
    if (this.#process === null) throw new Error('Sluice was not started.');
    return this.#process;
  }

  /** Changes what `writeConfiguration` writes, and what is expected; takes effect at the next start. */
  async reconfigure(changes: Partial<DeploymentOptions>): Promise<void> {
    this.#options = { ...this.#options, ...changes };
    await this.writeConfiguration();
  }

  /** Writes sluice.yaml and the schema files; JSON is YAML. */
  async writeConfiguration(indexes: Readonly<Record<string, IndexFixture>> = this.indexes): Promise<void> {
    const {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Sluice's reference to the environment
      connection = '${DATABASE_URL}',
      sinks = {},
      search = {},
      limits,
      server,
    } = this.#options;
    const { captureOptions: own } = this.#options;
    const capture = own === undefined ? captures[this.capture] : { plugin: this.capture, ...own };
    const marked = this.#marked ? { [marker.index]: { schema: marker.schema, sinks: ['search'] } } : {};
    const entries = Object.entries({ ...indexes, ...marked });
    const configuration = {
      source: { connection, capture, ...(limits === undefined ? {} : { limits }) },
      ...(server === undefined ? {} : { server }),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Sluice's reference to the environment
      sinks: { search: { plugin: 'opensearch', url: '${OPENSEARCH_URL}', ...search }, ...sinks },
      indexes: Object.fromEntries(
        entries.map(([name, { schema: _schema, ...index }]) => [
          name,
          { schema: `${name}.schema.yml`, ...withoutExpected(index) },
        ]),
      ),
      prefix: this.search.prefix,
    };
    await writeFile(join(this.directory, 'sluice.yaml'), JSON.stringify(configuration, null, 2));
    for (const [name, { schema }] of entries) {
      await writeFile(join(this.directory, `${name}.schema.yml`), schema);
    }
  }

  /** Begins `sluice run` and does not wait for anything. */
  run({ args = [], heapMiB }: RunOptions = {}): SluiceProcess {
    const process = this.#spawn(['run', '--log-format', 'json', ...args], heapMiB);
    this.#process = process;
    return process;
  }

  /** Of several processes the one that is to be alive, and that ends with the deployment. */
  attend(process: SluiceProcess): void {
    this.#process = process;
  }

  /** Any other command, to its end; with flags after its name. */
  async command(...args: readonly string[]): Promise<Ending> {
    return this.begin(...args).untilEnded();
  }

  /** Begins any other command and does not wait for anything. */
  begin(...args: readonly string[]): SluiceProcess {
    return this.#spawn(args);
  }

  #spawn(args: readonly string[], heapMiB?: number): SluiceProcess {
    return new SluiceProcess({
      args: [...args, '--config', join(this.directory, 'sluice.yaml')],
      cwd: this.directory,
      env: this.environment,
      heapMiB,
    });
  }

  /** Runs Sluice until it is live. */
  async start(options?: RunOptions): Promise<SluiceProcess> {
    const process = this.run(options);
    await process.untilLive();
    return process;
  }

  /** `sluice run --once`, to its end. */
  async runOnce({ args = [], ...rest }: RunOptions = {}): Promise<Ending> {
    return this.run({ ...rest, args: ['--once', ...args] }).untilEnded();
  }

  /** Resolves when every document is what the rows say, and stays so. Nobody writes meanwhile. */
  async converged({ deadlineMs }: ConvergeOptions = {}): Promise<void> {
    const expected = await this.expected();
    await convergence({
      look: () => this.differences(expected),
      settled: () => this.#settled(),
      deadlineMs,
    });
  }

  /** How OpenSearch differs from what it must hold. */
  async differences(expected: Readonly<Record<string, Documents>>): Promise<readonly string[]> {
    this.#assertRunning();
    const searched = Object.entries(this.indexes).filter(
      ([, { sinks, enabled }]) => enabled !== false && (sinks?.includes('search') ?? true),
    );
    const found = searched.map(async ([index]) =>
      differences(index, expected[index] ?? new Map(), await this.indexed(index)),
    );
    return (await Promise.all(found)).flat();
  }

  /** What a user finds in an index. A missing alias holds nothing. */
  async indexed(index: string): Promise<Documents> {
    try {
      return await indexedDocuments(this.search.url, `${this.search.prefix}${index}`);
    } catch (error) {
      if (error instanceof Error && error.message.includes('index_not_found')) return new Map();
      throw error;
    }
  }

  /** What each index must hold now. */
  async expected(): Promise<Readonly<Record<string, Documents>>> {
    const all = Object.entries(this.indexes).map(
      async ([index, { expected }]) => [index, await expectedDocuments(this.database, expected)] as const,
    );
    return Object.fromEntries(await Promise.all(all));
  }

  async #settled(): Promise<void> {
    if (!this.#marked || this.#process === null || this.#process.ending !== null) return;
    const alias = new URL(`${this.search.prefix}${marker.index}`, this.search.url).href;
    await markerArrived(this.database, alias, () => this.#assertRunning());
  }

  #assertRunning(): void {
    if (this.#process !== null && this.#process.ending?.code !== 0) this.#process.assertRunning();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
    await Promise.all([
      this.database.drop(),
      this.search.drop(),
      rm(this.directory, { recursive: true, force: true }),
    ]);
  }
}

function withoutExpected({ expected: _expected, ...index }: Partial<IndexFixture>): object {
  return index;
}
