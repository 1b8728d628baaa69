/** A transaction id with its epoch (`xid8`): never wraps. */
export type Xid8 = bigint;

/**
 * The xid8 that a 32-bit id of the log stands for, given a recent xid8 of the same timeline. Right
 * while the two are less than 2^31 transactions apart, which Postgres itself guarantees for ids
 * that are in use: `xid8 = reference + int32(xid − low32(reference))`.
 */
export function widenXid(xid: number, reference: Xid8): Xid8 {
  const distance = (xid - Number(reference & 0xffff_ffffn)) | 0;
  return reference + BigInt(distance);
}
