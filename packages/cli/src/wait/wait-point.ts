import { SluiceError } from '@sluice/core';
import { suggestionHint } from '@sluice/core/config';
import type { WaitPoint } from '@sluice/core/engine';

export interface WaitWords {
  readonly xid: string | undefined;
  readonly position: string | undefined;
  readonly now: boolean;
}

/** What is waited for: one of the three. @throws SLUICE_USAGE */
export function waitPoint({ xid, position, now }: WaitWords): WaitPoint {
  const given = [xid !== undefined, position !== undefined, now].filter(Boolean).length;
  if (given !== 1) {
    throw new SluiceError(
      'SLUICE_USAGE',
      'Say what to wait for: a transaction, a position, or now; one of them.',
      {
        hint: 'xid: what `SELECT pg_current_xact_id()` gave in the transaction that wrote. position: of Sluice. now: all that is committed.',
      },
    );
  }
  if (xid !== undefined) return { kind: 'transaction', id: xid };
  return position === undefined ? { kind: 'now' } : { kind: 'position', position };
}

/** The indexes that were named, each once; all where none was. @throws SLUICE_USAGE */
export function chosenIndexes(named: readonly string[], enabled: readonly string[]): readonly string[] {
  for (const name of named) {
    if (enabled.includes(name)) continue;
    throw new SluiceError('SLUICE_USAGE', `The configuration has no enabled index "${name}".`, {
      hint: suggestionHint(name, enabled),
    });
  }
  return named.length === 0 ? enabled : [...new Set(named)];
}
