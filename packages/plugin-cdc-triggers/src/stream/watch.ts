import { type CaptureRequirements, type Logger, SluiceError } from '@sluice/core';
import { tableLabel } from '@sluice/postgres';
import { execute, type Look, look, notProvisioned, type Source } from '../source/provision.ts';
import { readRegistrations } from '../source/read-state.ts';
import { readTables } from '../source/read-tables.ts';
import { settle } from '../source/settle.ts';
import type { Layout } from './decode.ts';
import { layoutsOf } from './layouts.ts';
import { outboxGone } from './outbox-gone.ts';

export interface WatchResult {
  readonly layouts: ReadonlyMap<number, Layout>;
  /** Changes are being lost, and this role cannot stop it. */
  readonly failure: SluiceError | null;
}

/** Longest that a repair may wait for locks, in ms; where there are several, each has its share of it. */
const repairTimeout = 15_000;
const shortestRepair = 1000;
/** What changes while it is being mended is looked at again, this many times. */
const rounds = 3;

/**
 * Looks at what the stream relies on but is not told of: triggers that were dropped or disabled,
 * functions that were changed, partitions that came and went. Mends what the role may mend; the
 * transaction that mends a gap also puts a resync into the outbox, and so it comes with the stream.
 */
export class Watch {
  readonly #source: Source;
  readonly #required: CaptureRequirements;
  readonly #logger: Logger;

  constructor(source: Source, required: CaptureRequirements, logger: Logger) {
    // Nobody else knows of what these functions begin to report: it has to be resynced.
    this.#source = { ...source, plan: (state) => ({ ...source.plan(state), wider: 'resync' }) };
    this.#required = required;
    this.#logger = logger;
  }

  async look(signal: AbortSignal): Promise<WatchResult> {
    let seen = await look(this.#source, this.#required);
    for (let round = 0; round < rounds && seen.plan.steps.length > 0; round += 1) {
      const { mended, left } = await this.#repair(seen, signal);
      if (mended > 0) seen = await look(this.#source, this.#required);
      if (mended === 0 || left > 0) break;
    }
    if (seen.state.registrations.some(({ unsettled }) => unsettled === 'resync')) await this.#settle(signal);
    return { layouts: layoutsOf(seen.state.registrations, seen.state.tables), failure: failureOf(seen) };
  }

  async layouts(): Promise<ReadonlyMap<number, Layout>> {
    const { querier, names } = this.#source;
    const registrations = await readRegistrations(querier, names);
    return layoutsOf(registrations, await readTables(querier, this.#required, names));
  }

  /** `left`: could not be done now; what is missed until it is done comes as a resync then. */
  async #repair(seen: Look, signal: AbortSignal): Promise<{ mended: number; left: number }> {
    for (const { gap, table } of seen.plan.tables) {
      if (gap !== null) {
        this.#logger.warn('table resync', { table: tableLabel(table.required.table), reason: gap });
      }
    }
    // The outbox itself is never made here: what it held is lost, and the indexes must know.
    const steps = seen.plan.steps.filter(({ statements }) => statements !== seen.plan.core);
    let mended = 0;
    for (const step of steps) {
      // A table that somebody keeps locked must not keep the others from being mended.
      const limit = Math.max(shortestRepair, repairTimeout / steps.length);
      try {
        await execute(this.#source, [step], {
          signal: AbortSignal.any([signal, AbortSignal.timeout(limit)]),
        });
        mended += 1;
      } catch (error) {
        this.#logger.warn('repair failed', {
          what: step.what,
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }
    return { mended, left: steps.length - mended };
  }

  async #settle(signal: AbortSignal): Promise<void> {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(repairTimeout)]);
      await settle(this.#source, 'resync', { signal: limited });
    } catch (error) {
      signal.throwIfAborted();
      // Somebody still writes: the next look waits again.
      this.#logger.debug('not settled yet', { error: String(error) });
    }
  }
}

/**
 * What the role can mend is mended at the next look, if not at this one. A table or column that is gone is
 * drift: it stops its index alone, and the builder reports it.
 */
function failureOf({ state, coverage }: Look): SluiceError | null {
  if (state.server.inRecovery) {
    return new SluiceError('SLUICE_SOURCE_UNAVAILABLE', 'The source is a standby now.', {
      hint: 'Sluice goes on when it is promoted, or when the connection leads to the new primary.',
    });
  }
  if (state.core.missing.length > 0) return outboxGone(state.core.missing);
  const problems = [
    ...coverage.problems,
    ...coverage.tables.flatMap((table) => (table.covered ? [] : table.problems)),
  ].filter(({ code, fixable }) => !fixable && code !== 'SLUICE_SCHEMA_CATALOG');
  return problems.length === 0 ? null : notProvisioned(problems);
}
