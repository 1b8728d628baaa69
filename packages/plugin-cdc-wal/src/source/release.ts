import type { ProvisionOptions } from '@sluice/core';
import { asSluiceError, isSluiceError } from '@sluice/core';
import { type ConnectionSettings, quoteLiteral } from '@sluice/postgres';
import type { CaptureNames } from '../options.ts';
import { executeSteps } from './execute.ts';
import { recordStatement } from './plan.ts';
import type { Querier } from './querier.ts';
import { readPublication } from './read-state.ts';
import { slotFailure, waitForIdle } from './slot.ts';

/** How long the session of a stream that ended may hold the slot, in ms. */
const patience = 3_000;

/**
 * Drops the slot and leaves the rest, so that the server can let go of the log. That there was one is
 * written down first: from then on its absence is a loss, and not a beginning. The next one that is made
 * begins after every position that this one had, so no consumer takes the gap for nothing.
 */
export async function releaseSlot(
  settings: ConnectionSettings,
  querier: Querier,
  names: CaptureNames,
  reason: string,
  options: ProvisionOptions,
): Promise<readonly string[]> {
  const slot = await waitForIdle(querier, names.slot, patience, options);
  if (slot === null) return [];
  const publication = await readPublication(querier, names.publication);
  const released = { at: new Date().toISOString(), reason };
  const statements = [
    ...(publication?.owned === true
      ? [recordStatement(names.publication, { ...publication.record, slot: true, released })]
      : []),
    `SELECT pg_catalog.pg_drop_replication_slot(${quoteLiteral(names.slot)})`,
  ];
  try {
    return await executeSteps(settings, querier, [{ run: 'alone', statements }], options);
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    // Somebody began to read it just now: it is still there.
    throw (await slotFailure(querier, names.slot, asSluiceError(error))).failure;
  }
}
