import type { ChangeCapture, DocumentBuilder, Position, TransactionOutcome } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';

/**
 * What somebody waits to read. `now`: everything that is visible in the source when it is asked for.
 * `transaction`: what a transaction (xid8, decimal) wrote. `position`: everything up to there.
 */
export type WaitPoint =
  | { readonly kind: 'now' }
  | { readonly kind: 'transaction'; readonly id: string }
  | { readonly kind: 'position'; readonly position: Position };

/** Told whenever what is waited for changes, for people: in a message that says why it took too long. */
export type TellWait = (reason: string) => void;

/** Between two looks at an open transaction, in ms; grows from the first to the last. */
const looks = { first: 5, last: 200 };

/**
 * A position that covers what is waited for; waits while a transaction is open.
 *
 * @throws SLUICE_WAIT_ABORTED for a transaction that was rolled back; SLUICE_WAIT_REFUSED for one that the
 * source has not begun yet, and for what is no position of it
 */
export async function positionOf(
  point: WaitPoint,
  { capture, documents }: { readonly capture: ChangeCapture; readonly documents: DocumentBuilder },
  signal: AbortSignal,
  tell: TellWait,
): Promise<Position> {
  if (point.kind === 'position') return await knownPosition(point.position, capture);
  if (point.kind === 'transaction') await ended(point.id, documents, signal, tell);
  // Taken after the end of the transaction, it covers it; also one that wrote nothing that is captured.
  return await capture.barrier();
}

async function knownPosition(position: Position, capture: ChangeCapture): Promise<Position> {
  if (capture.isPosition?.(position) === false) {
    throw new SluiceError('SLUICE_WAIT_REFUSED', `"${position}" is not a position of this capture.`, {
      hint: 'A position is what Sluice logs and records, such as 0/1A2B3C4 with the log; for a transaction give its id.',
    });
  }
  if (capture.comparePositions(position, await capture.barrier()) > 0) {
    throw new SluiceError('SLUICE_WAIT_REFUSED', `The source has not come to the position ${position} yet.`, {
      hint: 'It is of another source, or of another slot or outbox.',
    });
  }
  return position;
}

async function ended(
  id: string,
  documents: DocumentBuilder,
  signal: AbortSignal,
  tell: TellWait,
): Promise<void> {
  const outcome = async (): Promise<TransactionOutcome> => {
    signal.throwIfAborted();
    const told = /^\d{1,19}$/.test(id) ? await documents.outcome?.(id) : undefined;
    if (told !== undefined) return told;
    throw new SluiceError('SLUICE_WAIT_REFUSED', `"${id}" is not the id of a transaction of this source.`, {
      hint: 'Take it in the transaction itself: SELECT pg_current_xact_id().',
    });
  };
  let pause = looks.first;
  let found = await outcome();
  for (; found === 'open'; found = await outcome()) {
    tell(`transaction ${id} is still open`);
    await delay(pause, signal);
    pause = Math.min(pause * 2, looks.last);
  }
  if (found === 'aborted') {
    throw new SluiceError('SLUICE_WAIT_ABORTED', `Transaction ${id} was rolled back: it wrote nothing.`);
  }
  if (found === 'future') {
    throw new SluiceError('SLUICE_WAIT_REFUSED', `The source has not begun a transaction ${id} yet.`, {
      hint: 'It is of another cluster, or of one that this one was restored from.',
    });
  }
}

/** What was waited for took too long. */
export function waitTimeout(ms: number, reason: string): SluiceError {
  return new SluiceError(
    'SLUICE_WAIT_TIMEOUT',
    `Not searchable after ${ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}: ${reason}.`,
    { hint: '`sluice status` tells how far every index is.' },
  );
}
