/** A position in the write-ahead log: a byte offset. */
export type Lsn = bigint;

const pattern = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** Whether a text is what `parseLsn` reads. */
export function isLsn(text: string): boolean {
  return pattern.test(text);
}

/** Reads `16/B374D848`. Throws RangeError for anything else. */
export function parseLsn(text: string): Lsn {
  const match = pattern.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a log position.`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

/** As Postgres prints it; 0 is `0/0`. */
export function formatLsn(lsn: Lsn): string {
  if (lsn < 0n || lsn > 0xffff_ffff_ffff_ffffn) throw new RangeError(`${lsn} is not a log position.`);
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffff_ffffn).toString(16)}`.toUpperCase();
}

/** Negative when a is before b, 0 when equal, positive when after. */
export function compareLsn(a: Lsn, b: Lsn): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
