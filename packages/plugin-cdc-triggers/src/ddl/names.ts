import { quoteIdentifier } from '@sluice/postgres';

/** Everything that a capture has in the source lies in one schema, and is named after it elsewhere. */
export interface CaptureNames {
  readonly schema: string;
  /** Channel of the NOTIFY that wakes a sleeping reader. */
  readonly channel: string;
  /** Key of the advisory lock that a reader holds while it sleeps. */
  readonly sleepLock: readonly [number, number];
}

/** First half of the sleep lock's key: keeps it apart from the application's own locks. */
const lockClass = 770_001;

export function captureNames(schema: string): CaptureNames {
  return { schema, channel: schema, sleepLock: [lockClass, hash(schema)] };
}

/** FNV-1a as a signed 32-bit number, which is what the advisory lock functions take. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value | 0;
}

/** `"sluice"."outbox"`. */
export function inSchema({ schema }: Pick<CaptureNames, 'schema'>, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

export type TriggerPart = 'row' | 'ins' | 'upd' | 'del' | 'trunc';

/** Triggers of several captures on one table must not meet. */
export function triggerName({ schema }: Pick<CaptureNames, 'schema'>, part: TriggerPart): string {
  return `${schema}_${part}`;
}
