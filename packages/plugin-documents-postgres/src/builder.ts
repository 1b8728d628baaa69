import {
  type BindResult,
  type Change,
  type ConnectionConfig,
  type Document,
  type DocumentBuilder,
  type DocumentKey,
  type DocumentReference,
  type IndexPlan,
  type IndexSchema,
  type KeyRange,
  type OnUnbuildable,
  type PlanDescription,
  type RangeSplit,
  SluiceError,
  type SourceState,
  type TransactionOutcome,
} from '@sluice/core';
import { mapPostgresError, parseConnection, readCatalog, readTableNames } from '@sluice/postgres';
import { bindIndex } from './bind/bind-index.ts';
import { hintGrants } from './bind/grants.ts';
import { namedTables } from './bind/named-tables.ts';
import { probeFilters, probeStatements } from './bind/probe.ts';
import { Report } from './bind/report.ts';
import { requiredTables } from './bind/required-tables.ts';
import { describeIndex } from './describe.ts';
import { Fence, transactionOutcome } from './fence.ts';
import type { Options } from './options.ts';
import { absentDocuments, buildDocuments, explainBuild, locateDocuments } from './read/build.ts';
import { type CompiledIndex, compileIndex } from './read/compiled.ts';
import { keyProblem } from './read/key-problem.ts';
import { lastChanged } from './read/last-changed.ts';
import { resolveChanges } from './read/resolve.ts';
import { scanRange, splitRoot } from './read/scan.ts';
import { Session } from './session.ts';
import { readSource } from './source.ts';

/** Reads documents from one Postgres database. */
export class PostgresDocuments implements DocumentBuilder {
  /** For tests and benchmarks of single parts. */
  readonly session: Session;
  /** What was made of each plan: a plan shows others only what the contract says. */
  readonly #plans = new WeakMap<IndexPlan, CompiledIndex>();
  #fence: Fence;
  #timeline: string | null = null;

  constructor(connection: ConnectionConfig, options: Options) {
    this.session = new Session(parseConnection(connection), options.connections);
    this.#fence = new Fence(this.session);
  }

  async source(): Promise<SourceState> {
    const state = await readSource(this.session);
    this.session.follow(state.timeline);
    // What is visible on one timeline says nothing of another.
    if (this.#timeline !== state.timeline) this.#fence = new Fence(this.session);
    this.#timeline = state.timeline;
    return state;
  }

  async version(): Promise<bigint> {
    return (await this.session.snapshot()).version;
  }

  async bind(schemas: readonly IndexSchema[]): Promise<readonly BindResult[]> {
    const tables = schemas.flatMap(namedTables);
    const { pool } = this.session;
    const [catalog, names] = await Promise.all([readCatalog(pool, tables), readTableNames(pool)]).catch(
      (error: unknown) => {
        throw mapPostgresError(error, 'read the catalog');
      },
    );
    const results: BindResult[] = [];
    const reports: Report[] = [];
    for (const schema of schemas) {
      const report = new Report();
      reports.push(report);
      const { index, probes } = bindIndex({ catalog, names, report }, schema);
      await probeFilters(this.session, probes, report);
      const compiled = index === null || report.failed ? null : compileIndex(index);
      if (compiled !== null) await probeStatements(this.session, compiled, report);
      const plan = compiled === null || report.failed ? null : planOf(compiled);
      if (plan !== null && compiled !== null) this.#plans.set(plan, compiled);
      results.push({ index: schema.index, plan, diagnostics: report.diagnostics });
    }
    await hintGrants(this.session, reports);
    return results;
  }

  fence(transactions: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#fence.wait(transactions, signal);
  }

  outcome(transaction: string): Promise<TransactionOutcome> {
    return transactionOutcome(this.session, transaction);
  }

  resolve(plan: IndexPlan, changes: readonly Change[]): AsyncIterable<readonly DocumentKey[]> {
    return resolveChanges(this.session, this.compiled(plan), changes);
  }

  async build(
    plan: IndexPlan,
    keys: readonly DocumentKey[],
    onUnbuildable?: OnUnbuildable,
  ): Promise<readonly Document[]> {
    return buildDocuments(this.session, this.compiled(plan), keys, onUnbuildable);
  }

  async split(plan: IndexPlan, size: number): Promise<RangeSplit> {
    return splitRoot(this.session, this.compiled(plan), size);
  }

  scan(
    plan: IndexPlan,
    range: KeyRange,
    pageSize: number,
    onUnbuildable?: OnUnbuildable,
  ): AsyncIterable<readonly Document[]> {
    return scanRange(this.session, this.compiled(plan), range, pageSize, onUnbuildable);
  }

  async absent(
    plan: IndexPlan,
    places: readonly DocumentReference[],
    onUnbuildable?: OnUnbuildable,
  ): Promise<readonly Document[]> {
    return absentDocuments(this.session, this.compiled(plan), places, onUnbuildable);
  }

  async locate(
    plan: IndexPlan,
    keys: readonly (readonly string[])[],
  ): Promise<readonly (DocumentKey | null)[]> {
    return locateDocuments(this.session, this.compiled(plan), keys);
  }

  lastChanged(plan: IndexPlan, keys: readonly (readonly string[])[]): Promise<readonly (bigint | null)[]> {
    return lastChanged(this.session, this.compiled(plan), keys);
  }

  keyProblem(plan: IndexPlan, key: readonly string[]): Promise<string | null> {
    return keyProblem(this.session, this.compiled(plan).bound.key, key);
  }

  describe(plan: IndexPlan): PlanDescription {
    return describeIndex(this.compiled(plan));
  }

  async explain(
    plan: IndexPlan,
    keys: readonly DocumentKey[],
  ): Promise<{ readonly sql: string; readonly plan: readonly string[] }> {
    return explainBuild(this.session, this.compiled(plan), keys);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What bind made of the plan. Throws SLUICE_INTERNAL for a plan of another builder. */
  compiled(plan: IndexPlan): CompiledIndex {
    const compiled = this.#plans.get(plan);
    if (compiled !== undefined) return compiled;
    throw new SluiceError(
      'SLUICE_INTERNAL',
      `The plan of "${plan.schema.index}" was not made by this builder.`,
      {
        hint: 'Bind the schema with this builder first.',
      },
    );
  }
}

function planOf({ bound }: CompiledIndex): IndexPlan {
  return {
    schema: bound.schema,
    key: bound.key.map(({ name }) => name),
    docId: bound.docId.map(({ name }) => name),
    tables: requiredTables(bound),
  };
}
