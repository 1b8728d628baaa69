import type { CaptureRequirements, Change, Logger } from '@sluice/core';
import { SluiceError } from '@sluice/core';
import { quoteIdentifier, quoteTable, tableLabel } from '@sluice/postgres';
import { executeSteps } from '../source/execute.ts';
import { hasIdentity } from '../source/identity.ts';
import { planProvision } from '../source/plan.ts';
import { report } from '../source/problems.ts';
import type { Source } from '../source/provision.ts';
import { readState } from '../source/read-state.ts';
import { recordLineages } from '../source/record-lineages.ts';
import { transactionsBefore } from '../source/settle.ts';
import { lost } from '../source/slot.ts';
import type { SourceState } from '../source/state.ts';
import type { FollowedTables } from './followed-tables.ts';
import type { Lineages } from './lineages.ts';

export interface WatchResult {
  /** For tables whose rows changed in ways that the log does not tell. */
  readonly resyncs: readonly Change[];
  /** The capture cannot go on; its resyncs are worth yielding still. */
  readonly failure: SluiceError | null;
  readonly state: SourceState;
}

/** Longest that a repair may wait for a lock, in ms. */
const repairTimeout = 15_000;

/**
 * Looks at what the stream relies on but is not told of: the publication, identities, and the sets
 * of partitions. Repairs what the role may repair (a new leaf's identity, its place in the
 * publication); where it may not, takes a table that lost its identity out of the publication, since
 * the application's own updates of it fail otherwise.
 */
export class Watch {
  readonly #source: Source;
  readonly #required: CaptureRequirements;
  readonly #tables: FollowedTables;
  readonly #lineages: Lineages;
  readonly #logger: Logger;

  constructor(
    source: Source,
    required: CaptureRequirements,
    tables: FollowedTables,
    lineages: Lineages,
    logger: Logger,
  ) {
    this.#source = source;
    this.#required = required;
    this.#tables = tables;
    this.#lineages = lineages;
    this.#logger = logger;
  }

  async look(signal: AbortSignal): Promise<WatchResult> {
    let state = await this.#read();
    const resyncs: Change[] = [];
    let failure: SluiceError | null = null;
    if (this.#broken(state).length > 0) {
      await this.#repair(state, signal);
      state = await this.#read();
      failure = await this.#giveUp(state, signal, resyncs);
    }
    this.#tables.replace(state.tables, this.#source.plan.acceptLoss);
    await recordLineages(this.#source.querier, this.#source.plan.names.publication, this.#lineages);
    const recorded = state.publication?.owned === true ? (state.publication.record.lineages ?? {}) : null;
    for (const change of this.#lineages.changed(state.tables, recorded)) {
      this.#logger.warn('table resync', { table: tableLabel(change.table), reason: change.reason });
      resyncs.push(change);
    }
    return { resyncs: onePerTable(resyncs), failure, state };
  }

  async #read(): Promise<SourceState> {
    return await readState(this.#source.querier, this.#required, this.#source.plan.names);
  }

  #broken(state: SourceState) {
    const plan = planProvision(state, this.#source.plan);
    const coverage = report(state, plan, this.#source.plan);
    // The slot is in use by us; what else keeps `inspect` from being content does not stop a stream.
    const publication =
      state.publication === null ? coverage.problems.filter(({ sql }) => sql !== undefined) : [];
    const tables = coverage.tables.flatMap((table) => table.problems);
    // A table or column that is gone is drift: it stops its index alone, and the builder reports it.
    return [...publication, ...tables.filter(({ code }) => code !== 'SLUICE_SCHEMA_CATALOG')];
  }

  /**
   * Identities and publication as `provision` would mend them. The slot is never made here. Afterwards
   * nothing shows that there was a gap: the doubt is on record before.
   */
  async #repair(broken: SourceState, signal: AbortSignal): Promise<void> {
    if (broken.publication === null || broken.slot?.status !== 'usable') return;
    const { joining, members } = planProvision(broken, this.#source.plan);
    const doubtful = [
      ...joining,
      ...members
        .filter(({ identity }) => identity.kind !== 'fine' && identity.kind !== 'impossible')
        .map(({ table }) => table),
    ];
    this.#lineages.doubt(doubtful.map(({ required }) => tableLabel(required.table)));
    const { querier, settings, plan: options } = this.#source;
    await recordLineages(querier, options.names.publication, this.#lineages);
    const { steps } = planProvision(await this.#read(), options);
    try {
      await executeSteps(settings, querier, steps, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(repairTimeout)]),
      });
    } catch (error) {
      this.#logger.warn('repair failed', { error: error instanceof Error ? error.message : String(error) });
    }
    const now = await this.#read();
    const xid = now.publication?.record.joined?.xid;
    // What a transaction wrote before its table was published never comes: the resync has to see it.
    if (joining.length > 0 && xid !== undefined) await transactionsBefore(querier, xid, { signal });
  }

  async #giveUp(state: SourceState, signal: AbortSignal, resyncs: Change[]): Promise<SluiceError | null> {
    // The server passes over what changes meanwhile, or fails: the slot's past is worth nothing.
    if (state.publication === null) return lost(this.#source.plan.names.slot, 'its publication is gone');
    const problems = this.#broken(state);
    if (problems.length === 0) return null;
    for (const { required, members } of state.tables) {
      for (const member of members) {
        if (member.published === null || hasIdentity(member)) continue;
        resyncs.push({ table: required.table, operation: 'resync', reason: 'its replica identity is gone' });
        if (member.direct) await this.#unpublish(member.table, signal);
      }
    }
    return new SluiceError(
      'SLUICE_CAPTURE_NOT_PROVISIONED',
      problems.map(({ message }) => message).join(' '),
      {
        hint: problems
          .flatMap(({ hint, sql }) => [
            ...(hint === undefined ? [] : [hint]),
            ...(sql ?? []).map((one) => `${one};`),
          ])
          .join('\n'),
      },
    );
  }

  async #unpublish(table: { schema: string; name: string }, signal: AbortSignal): Promise<void> {
    const publication = quoteIdentifier(this.#source.plan.names.publication);
    const statement = `ALTER PUBLICATION ${publication} DROP TABLE ONLY ${quoteTable(table)}`;
    this.#logger.warn('table taken out of the publication', {
      table: tableLabel(table),
      reason: 'it lost its replica identity: the application could not update it any more',
    });
    try {
      await executeSteps(
        this.#source.settings,
        this.#source.querier,
        [{ run: 'together', statements: [statement] }],
        {
          signal: AbortSignal.any([signal, AbortSignal.timeout(repairTimeout)]),
        },
      );
    } catch (error) {
      this.#logger.error('table could not be taken out of the publication', {
        table: tableLabel(table),
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/** The last of each table: the one that the lineages wait for. */
function onePerTable(changes: readonly Change[]): readonly Change[] {
  return [...new Map(changes.map((change) => [tableLabel(change.table), change])).values()];
}
