import { setTimeout as delay } from 'node:timers/promises';
import { type ProvisionOptions, SluiceError } from '@sluice/core';
import { formatLsn, type Lsn, sqlState } from '@sluice/postgres';
import type { Querier } from './querier.ts';
import { readSlot } from './read-state.ts';
import type { SlotState } from './state.ts';

const idleInterval = 100;

/** Why a slot that looks well is lost. */
export const missedPublication = 'its publication was not there all the time';

const releaseDeadline = 2000;
const releaseInterval = 10;

/**
 * The slot, ready to be streamed. Throws `SLUICE_CAPTURE_LOST` where it is gone or invalidated,
 * `SLUICE_CAPTURE_IN_USE` where another session holds it.
 */
export async function requireFreeSlot(
  querier: Querier,
  name: string,
): Promise<SlotState & { readonly confirmed: Lsn }> {
  const slot = await readSlot(querier, name);
  if (slot === null || slot.status === 'lost') throw lost(name, slot?.lostReason ?? 'dropped');
  if (slot.activePid !== null || slot.confirmed === null) throw inUse(name, slot);
  return { ...slot, confirmed: slot.confirmed };
}

export interface SlotFailure {
  readonly failure: SluiceError;
  /** The slot is there and looks well, and yet only another one can be read. */
  readonly unreadable: boolean;
}

/** What a failure of the stream means for the slot: somebody else took it, or it is gone. */
export async function slotFailure(
  querier: Querier,
  name: string,
  failure: SluiceError,
): Promise<SlotFailure> {
  const state = sqlState(failure.cause);
  const told = (error: SluiceError, unreadable = false): SlotFailure => ({ failure: error, unreadable });
  // 55006 object in use; 55000 the log it needs is gone; 42704 no such object.
  if (state !== '55006' && state !== '55000' && state !== '42704') return told(failure);
  const slot = await readSlot(querier, name).catch(() => undefined);
  if (slot === undefined) return told(failure);
  if (slot === null || slot.status === 'lost')
    return told(lost(name, slot?.lostReason ?? 'dropped', failure));
  // Before PostgreSQL 18 no slot can be read past a position at which its publication was not there.
  if (state === '42704') return told(lost(name, missedPublication, failure), true);
  return told(state === '55006' ? inUse(name, slot, failure) : failure);
}

/**
 * Waits until the session `pid` let go of the slot, and moves the slot to what was acknowledged
 * if the session ended before it could read that. Gives up in silence after a while.
 */
export async function waitForRelease(
  querier: Querier,
  name: string,
  pid: number | null,
  acknowledged: Lsn,
): Promise<void> {
  const deadline = performance.now() + releaseDeadline;
  for (;;) {
    const slot = await readSlot(querier, name);
    if (slot === null || slot.status === 'lost') return;
    if (slot.activePid === null) {
      if (slot.confirmed !== null && slot.confirmed < acknowledged) {
        await querier.query('SELECT pg_replication_slot_advance($1, $2)', [name, formatLsn(acknowledged)]);
      }
      return;
    }
    if (slot.activePid !== pid || performance.now() > deadline) return;
    await delay(releaseInterval);
  }
}

/**
 * The slot once nobody holds it; null where there is none. The session of a stream that ended goes a
 * moment later than the stream. Throws `SLUICE_CAPTURE_IN_USE` if it is still held after `patience` ms.
 */
export async function waitForIdle(
  querier: Querier,
  name: string,
  patience: number,
  { signal, onWait }: ProvisionOptions,
): Promise<SlotState | null> {
  const deadline = performance.now() + patience;
  for (let told = false; ; told = true) {
    signal.throwIfAborted();
    const slot = await readSlot(querier, name);
    if (slot === null || slot.activePid === null) return slot;
    if (performance.now() > deadline) throw inUse(name, slot);
    if (!told) onWait?.(`The slot ${name} is still held by ${describeHolder(slot)}.`);
    await delay(idleInterval, undefined, { signal });
  }
}

/** Somebody moved the slot after its position was compared with what the sinks have. */
export function movedOn(name: string): SluiceError {
  return new SluiceError(
    'SLUICE_SOURCE_UNAVAILABLE',
    `The slot ${name} moved on while the stream was about to begin.`,
    { hint: 'Its new position is looked at at the next try.' },
  );
}

/** Who holds the slot, as far as this role may see: `session 4711 (sluice capture shop, from 10.0.0.7, since …)`. */
export function describeHolder(slot: SlotState, former: number | null = null): string {
  if (slot.activePid === null) return 'a session that creates it';
  if (slot.activePid === former)
    return `a former session of this process, ${former}, which the server still counts`;
  const known = [
    slot.activeApplication,
    slot.activeAddress && `from ${slot.activeAddress}`,
    slot.activeSince && `since ${slot.activeSince}`,
  ].filter(Boolean);
  return `session ${slot.activePid}${known.length === 0 ? '' : ` (${known.join(', ')})`}`;
}

export function lost(name: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('SLUICE_CAPTURE_LOST', `The slot ${name} is lost (${reason}).`, {
    hint: 'Provision it again: the indexes are then reconciled.',
    cause,
  });
}

export function inUse(name: string, slot: SlotState, cause?: unknown): SluiceError {
  return new SluiceError('SLUICE_CAPTURE_IN_USE', `The slot ${name} is in use by ${describeHolder(slot)}.`, {
    hint: 'Another Sluice follows this source; this one can go on when it ends.',
    cause,
  });
}
