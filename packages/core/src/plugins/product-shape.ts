import type { ChangeCapture, DocumentBuilder, PluginKind, Queue, Sink } from '../contracts/index.ts';

/** What a member must be: a method, a yes or no, one of some words. */
type Required = 'method' | 'boolean' | readonly string[];
/** What a member must be where it is there: a method, or a capability with methods of its own. */
type Optional = 'method?' | { readonly [name: string]: 'method' };
type Member = Required | Optional;

/** Which of a contract's members may be left out follows from the contract itself. */
type Shape<Product> = {
  readonly [Name in keyof Product]-?: undefined extends Product[Name] ? Optional : Required;
};

/** Every member of every contract: the compiler misses none. */
const shapes = {
  capture: {
    inspect: 'method',
    provision: 'method',
    script: 'method',
    removal: 'method?',
    deprovision: 'method',
    settled: 'method',
    stream: 'method',
    acknowledge: 'method',
    barrier: 'method',
    comparePositions: 'method',
    identity: 'method',
    acknowledged: 'method',
    lag: 'method',
    health: 'method?',
    release: 'method?',
    isPosition: 'method?',
    heldBy: 'method?',
    close: 'method',
  } satisfies Shape<ChangeCapture>,
  documents: {
    source: 'method',
    version: 'method',
    bind: 'method',
    fence: 'method',
    outcome: 'method?',
    resolve: 'method',
    build: 'method',
    explain: 'method?',
    split: 'method',
    scan: 'method',
    absent: 'method',
    locate: 'method?',
    lastChanged: 'method?',
    keyProblem: 'method?',
    describe: 'method?',
    close: 'method',
  } satisfies Shape<DocumentBuilder>,
  sink: {
    ordering: ['versioned', 'in-order'],
    fingerprint: 'method',
    describe: 'method?',
    location: 'method?',
    ensureIndex: 'method',
    write: 'method',
    refresh: 'method?',
    records: { list: 'method', put: 'method', remove: 'method' },
    generations: {
      beginBackfill: 'method',
      endBackfill: 'method',
      promote: 'method',
      promoted: 'method',
      exists: 'method',
      drop: 'method',
    },
    reader: { list: 'method' },
    deadLetters: { put: 'method', remove: 'method', get: 'method', list: 'method' },
    close: 'method',
  } satisfies Shape<Sink>,
  queue: {
    durable: 'boolean',
    publish: 'method',
    take: 'method',
    depth: 'method',
    close: 'method',
  } satisfies Shape<Queue>,
} as const satisfies { readonly [Kind in PluginKind]: Readonly<Record<string, Member>> };

/** What a product lacks of its contract, in words: `write`, `ordering ("versioned" or "in-order")`. */
export function missingMembers(kind: PluginKind, product: unknown): readonly string[] {
  const shape: Readonly<Record<string, Member>> = shapes[kind];
  return Object.entries(shape).flatMap(([name, member]) => missing(name, member, memberOf(product, name)));
}

function missing(name: string, member: Member, value: unknown): readonly string[] {
  if (member === 'method') return typeof value === 'function' ? [] : [name];
  if (member === 'boolean') return typeof value === 'boolean' ? [] : [`${name} (true or false)`];
  if (isWords(member)) {
    const allowed = member.map((word) => `"${word}"`).join(' or ');
    return typeof value === 'string' && member.includes(value) ? [] : [`${name} (${allowed})`];
  }
  if (value === undefined) return [];
  if (member === 'method?') return typeof value === 'function' ? [] : [name];
  const methods = Object.keys(member);
  return methods
    .filter((inner) => typeof memberOf(value, inner) !== 'function')
    .map((inner) => `${name}.${inner}`);
}

function isWords(member: Member): member is readonly string[] {
  return Array.isArray(member);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
