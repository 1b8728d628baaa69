/** A repeatable source of chance (mulberry32): the same seed leads to the same inputs on every machine. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  /** From 0 up to, not including, `limit`. */
  const below = (limit) => (limit <= 1 ? 0 : next() % limit);
  return {
    below,
    pick: (list) => list[below(list.length)],
    oneIn: (times) => below(times) === 0,
    /** Mostly small, now and then up to `limit`. */
    size: (limit) => below(1 + below(limit)),
    bytes: (length) => {
      const buffer = Buffer.allocUnsafe(length);
      for (let at = 0; at < length; at += 1) buffer[at] = next() & 0xff;
      return buffer;
    },
  };
}
