const epochBits = 48n;

/**
 * The version a sink stores: `epoch · 2^48 + version`. Fits a signed 64-bit integer for epochs
 * below 32,768 and is above 2^53 from epoch 32 on, so it is a bigint throughout.
 */
export function encodeVersion(epoch: number, version: bigint): bigint {
  return (BigInt(epoch) << epochBits) + version;
}
