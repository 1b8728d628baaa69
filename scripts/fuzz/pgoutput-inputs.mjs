// What the fuzzer of the pgoutput decoder feeds it: noise, messages that a server really sent with damage
// done to them, and messages built to the format's rules with one rule broken.

const numbers16 = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x640, 0x7fff, 0x8000, 0xfffe, 0xffff];
const numbers32 = [
  0, 1, 2, 0xff, 0xffff, 0x10000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];
const kinds = Array.from('IUDBCRTMOYSEcApKbrPX\0');
const names = ['id', 'body', 'ref', '__proto__', 'constructor', 'toString', '', 'ü', '"', 'x'.repeat(300)];
const values = [
  null,
  undefined,
  '',
  '1',
  'abc',
  '__proto__',
  '\u0000',
  '\ud800',
  'ü'.repeat(40),
  '9'.repeat(700),
];

/** The oids that built messages use: few, so that rows meet relations. */
const oids = [1, 2, 42, 16384, 16385, 0xffffffff];

/** One input. `corpus` are messages as a server sent them. */
export function nextInput(random, corpus) {
  const choice = random.below(10);
  if (choice < 2) return noise(random);
  if (choice < 7) return mutate(random, random.pick(corpus), corpus);
  const built = build(random);
  return random.oneIn(2) ? built : mutate(random, built, corpus);
}

function noise(random) {
  const bytes = random.bytes(random.size(600));
  if (bytes.length > 0 && !random.oneIn(8)) bytes[0] = random.pick(kinds).charCodeAt(0);
  if (bytes.length > 4 && random.oneIn(2)) bytes.writeUInt32BE(random.pick(oids), 1);
  return bytes;
}

function mutate(random, message, corpus) {
  let bytes = Buffer.from(message);
  for (let turns = 1 + random.size(5); turns > 0; turns -= 1) bytes = damage(random, bytes, corpus);
  return bytes;
}

function damage(random, bytes, corpus) {
  if (bytes.length === 0) return random.bytes(1 + random.below(8));
  const at = random.below(bytes.length);
  switch (random.below(10)) {
    case 0:
      bytes[at] ^= 1 << random.below(8);
      return bytes;
    case 1:
      bytes[at] = random.below(256);
      return bytes;
    case 2:
      if (at + 2 <= bytes.length) bytes.writeUInt16BE(random.pick(numbers16), at);
      return bytes;
    case 3:
      if (at + 4 <= bytes.length) bytes.writeUInt32BE(random.pick(numbers32), at);
      return bytes;
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return Buffer.concat([bytes, random.bytes(random.size(64))]);
    case 6: {
      const end = Math.min(bytes.length, at + random.size(32));
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    }
    case 7: {
      const part = bytes.subarray(at, Math.min(bytes.length, at + random.size(64)));
      return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at)]);
    }
    case 8: {
      const other = random.pick(corpus);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length))]);
    }
    default:
      bytes[0] = random.pick(kinds).charCodeAt(0);
      return bytes;
  }
}

function build(random) {
  switch (random.below(6)) {
    case 0:
    case 1:
      return relation(random);
    case 2:
      return row(random, 'I', ['N']);
    case 3:
      return row(random, 'U', random.oneIn(3) ? ['N'] : [random.pick(['K', 'O']), 'N']);
    case 4:
      return row(random, 'D', [random.pick(['K', 'O'])]);
    default:
      return truncate(random);
  }
}

function relation(random) {
  const oid = random.pick(oids);
  const count = columnCount(random, oid);
  const columns = Array.from({ length: count }, () => [
    byte(random.below(2)),
    text(random.pick(names)),
    int32(random.below(5000)),
    int32(0xffffffff),
  ]);
  const said = random.oneIn(12) ? random.pick(numbers16) : count;
  const head = [byte('R'), int32(oid), text(random.pick(names)), text(random.pick(names))];
  return Buffer.concat([...head, byte(random.pick(['d', 'n', 'f', 'i'])), int16(said), ...columns.flat()]);
}

function row(random, kind, markers) {
  const oid = random.pick(oids);
  const count = columnCount(random, oid);
  const tuples = markers.flatMap((marker) => [byte(marker), tuple(random, count)]);
  return Buffer.concat([byte(kind), int32(oid), ...tuples]);
}

function tuple(random, count) {
  const parts = Array.from({ length: count }, () => {
    const value = random.pick(values);
    if (value === null) return byte('n');
    if (value === undefined) return byte('u');
    const bytes = Buffer.from(value);
    const said = random.oneIn(40) ? random.pick(numbers32) : bytes.length;
    return Buffer.concat([byte(random.oneIn(40) ? 'b' : 't'), int32(said), bytes]);
  });
  return Buffer.concat([int16(random.oneIn(20) ? random.pick(numbers16) : count), ...parts]);
}

function truncate(random) {
  const count = random.below(4);
  const said = random.oneIn(4) ? random.pick(numbers32) : count;
  const named = Array.from({ length: count }, () => int32(random.pick(oids)));
  return Buffer.concat([byte('T'), int32(said), byte(random.below(4)), ...named]);
}

/** Mostly the same for a relation, so that its rows fit; now and then as many as a table can have. */
function columnCount(random, oid) {
  if (!random.oneIn(20)) return 1 + (oid % 5);
  return random.oneIn(20) ? random.pick([0, 64, 65, 1600]) : random.below(12);
}

function byte(value) {
  return Buffer.from([typeof value === 'string' ? value.charCodeAt(0) : value]);
}
function int16(value) {
  return Buffer.from([(value >>> 8) & 0xff, value & 0xff]);
}
function int32(value) {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value >>> 0);
  return buffer;
}
function text(value) {
  return Buffer.concat([Buffer.from(value), Buffer.from([0])]);
}
