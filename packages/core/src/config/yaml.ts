import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import type { SourcePath } from '../contracts/index.ts';
import type { FileDiagnostic, SourceLocation } from '../errors/index.ts';
import { type CollectedDiagnostics, collectDiagnostics } from './collect-diagnostics.ts';
import { type Refusal, refuseText, tooDeep } from './text-limits.ts';

/** Which part of an entry is meant: its key (unknown, duplicate, misplaced) or its value. */
export type EntryPart = 'key' | 'value';

/** A YAML or JSON file, read, with the place of everything in it. */
export interface LoadedYaml {
  readonly file: string;
  readonly text: string;
  /**
   * Plain data; whole numbers beyond 2^53 are bigint. null where the text is not well-formed:
   * then `wellFormed` is false and the diagnostics say why.
   */
  readonly value: unknown;
  readonly wellFormed: boolean;
  /**
   * Where an entry stands. For a path that is not in the file: its nearest ancestor that is.
   * A sequence item has no key: both parts are its value.
   */
  locate(path: SourcePath, part?: EntryPart): SourceLocation;
  /** Syntax errors and duplicate keys. */
  readonly diagnostics: readonly FileDiagnostic[];
}

/**
 * Reads YAML 1.2 (JSON is a part of it) and keeps every position. Never throws: what is wrong with
 * the text is in `diagnostics`. Merge keys (`<<`) and aliases are resolved.
 */
export function loadYaml(text: string, file: string): LoadedYaml {
  const refusal = refuseText(text);
  if (refusal !== null) return refused(text, file, refusal);
  const lines = new LineCounter();
  const document = withoutStacks(() =>
    parseDocument(text, {
      lineCounter: lines,
      intAsBigInt: true,
      merge: true,
      prettyErrors: false,
      // What it would warn of goes past us to standard error, with a part of the file in it.
      logLevel: 'error',
      // Reported below, with the key's name and the first place.
      uniqueKeys: false,
    }),
  );
  const place = (start: number, end: number): SourceLocation => locationOf(text, file, lines, start, end);

  const found = collectDiagnostics();
  const seen = new Set<number>();
  for (const problem of tellable([...document.errors, ...document.warnings])) {
    const location = place(problem.pos[0], problem.pos[1]);
    // What follows a syntax error on the same line is mostly its echo.
    if (seen.has(location.line)) continue;
    seen.add(location.line);
    found.add(() => ({
      ...syntaxError(location),
      message: firstLine(problem.message),
      ...(listMistake(problem) ?? rewording[problem.code]),
    }));
  }
  let wellFormed = !found.any();
  let value: unknown = null;
  if (wellFormed) {
    addUnknownAliases(document, place, found);
    wellFormed = !found.any();
    addDuplicateKeys(document, place, found);
  }
  if (wellFormed) {
    try {
      value = narrowIntegers(document.toJS({ maxAliasCount: 100 }));
    } catch (error) {
      wellFormed = false;
      found.add(() => ({
        ...syntaxError(place(0, 1)),
        // Running out of stack is the engine's word for an alias inside its own anchor.
        ...(error instanceof RangeError ? tooDeep : { message: firstLine(String(error)) }),
      }));
    }
  }

  return {
    file,
    text,
    value,
    wellFormed,
    diagnostics: found.all(),
    locate: (path, part = 'value') => {
      const range = rangeOf(document, path, part);
      return range === null ? place(0, 1) : place(range[0], range[1]);
    },
  };
}

/** The parser makes an error of each mistake. Where it stood in its own code is of no use, and costs most of the time. */
function withoutStacks<T>(parse: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parse();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function refused(text: string, file: string, refusal: Refusal): LoadedYaml {
  const start: SourceLocation = { file, line: 1, column: 1 };
  const diagnostics = [{ ...syntaxError(start), ...refusal }];
  return { file, text, value: null, wellFormed: false, diagnostics, locate: () => start };
}

interface Complaint {
  readonly code: ErrorCode;
  readonly message: string;
}

/** After a tab the parser has lost the indentation: whatever it says of the rest is an echo. */
function tellable<Problem extends Complaint>(problems: readonly Problem[]): readonly Problem[] {
  const tab = problems.find(({ code }) => code === 'TAB_AS_INDENT');
  return tab === undefined ? problems : [tab];
}

function listMistake({ code, message }: Complaint) {
  if (code === 'BAD_INDENT' && message.includes('same column')) {
    return { hint: 'What belongs to an item of a list stands below its first key, in the same column.' };
  }
  if (code !== 'BLOCK_AS_IMPLICIT_KEY' || !message.includes('sequence')) return null;
  return {
    message: 'An item that begins with `- ` stands where a `key:` is expected.',
    hint: 'Begin every item of the list with `- `, all in one column, or remove the dash.',
  };
}

/** Where the parser's own words are for programmers. */
const rewording: Partial<Record<ErrorCode, { readonly message?: string; readonly hint: string }>> = {
  MULTIPLE_DOCS: {
    message: 'The file holds several YAML documents.',
    hint: 'Keep one and remove the `---` between them.',
  },
  TAB_AS_INDENT: { hint: 'Indent with spaces.' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'A second `key:` begins on the same line.',
    hint: 'Put it on a line of its own, or put quotes around a value that holds `: `.',
  },
  TAG_RESOLVE_FAILED: { hint: 'Sluice has no tags of its own: remove it, or put quotes around the text.' },
};

function syntaxError(location: SourceLocation) {
  return { severity: 'error', code: 'SLUICE_CONFIG_SYNTAX', location } as const;
}

type Place = (start: number, end: number) => SourceLocation;

function locationOf(
  text: string,
  file: string,
  lines: LineCounter,
  start: number,
  end: number,
): SourceLocation {
  const at = Math.min(start, text.length);
  const { line, col } = lines.linePos(at);
  const newline = text.indexOf('\n', at);
  const lineEnd = newline === -1 ? text.length : newline;
  const length = Math.max(1, Math.min(end, lineEnd) - at);
  // An empty text has no first line for the counter.
  return { file, line: Math.max(1, line), column: Math.max(1, col), length };
}

function addUnknownAliases(document: Document, place: Place, found: CollectedDiagnostics): void {
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const range = rangeOfNode(alias) ?? [0, 1];
      found.add(() => ({
        ...syntaxError(place(range[0], range[1])),
        message: `There is no anchor \`&${alias.source}\` before this alias.`,
        hint: 'Put quotes around a text that begins with `*`.',
      }));
    },
  });
}

function addDuplicateKeys(document: Document, place: Place, found: CollectedDiagnostics): void {
  visit(document, {
    Map(_, map) {
      const first = new Map<string, Node>();
      for (const { key } of map.items) {
        if (!isScalar(key) || key.range == null) continue;
        const { range } = key;
        const name = keyName(key);
        if (name === '<<') continue;
        const earlier = first.get(name);
        if (earlier === undefined) {
          first.set(name, key);
          continue;
        }
        found.add(() => {
          const line =
            earlier.range == null ? '' : ` on line ${place(earlier.range[0], earlier.range[1]).line}`;
          return {
            ...syntaxError(place(range[0], range[1])),
            message: `The key \`${name}\` is given twice.`,
            hint: `It is already there${line}: remove one of the two.`,
          };
        });
      }
    },
  });
}

/** Start and end of the deepest part of `path` that is in the document. */
function rangeOf(document: Document, path: SourcePath, part: EntryPart): readonly [number, number] | null {
  let node: Node | null = document.contents;
  let range: readonly [number, number] | null = rangeOfNode(node);
  for (const [depth, step] of path.entries()) {
    node = resolveAlias(node, document);
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair: Pair | null = findPair(node, String(step), document);
      if (pair === null) return range;
      const value = pair.value as Node | null;
      const own = last && part === 'value' ? rangeOfNode(value) : null;
      // An empty value has no extent of its own: its key stands for it.
      range = (own !== null && own[1] > own[0] ? own : null) ?? rangeOfNode(pair.key as Node | null) ?? range;
      node = value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (item === undefined) return range;
      range = rangeOfNode(item) ?? range;
      node = item;
    } else {
      // A plain value where more was looked for: `capture: wal` stands for its `plugin`.
      return (part === 'value' ? rangeOfNode(node) : null) ?? range;
    }
  }
  return range;
}

/** The entry that counts: the last of duplicates; failing that, one merged in by `<<`. */
function findPair(map: YAMLMap, key: string, document: Document): Pair | null {
  const own = map.items.findLast((pair) => isScalar(pair.key) && keyName(pair.key) === key);
  if (own !== undefined) return own;
  for (const pair of map.items) {
    if (!isScalar(pair.key) || keyName(pair.key) !== '<<') continue;
    const merged = resolveAlias(pair.value as Node | null, document);
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const target = resolveAlias(source as Node | null, document);
      const found = isMap(target) ? findPair(target, key, document) : null;
      if (found !== null) return found;
    }
  }
  return null;
}

/** As data has it: `1:` is the key "1". The merge key is a symbol to the parser. */
function keyName(key: Scalar): string {
  const { value } = key;
  switch (typeof value) {
    case 'symbol':
      return '<<';
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return `${value}`;
    default:
      return '';
  }
}

function resolveAlias(node: Node | null, document: Document): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

function rangeOfNode(node: Node | null): readonly [number, number] | null {
  return node?.range == null ? null : [node.range[0], node.range[1]];
}

function narrowIntegers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const narrow = Number(value);
    return Number.isSafeInteger(narrow) ? narrow : value;
  }
  if (Array.isArray(value)) return value.map(narrowIntegers);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, narrowIntegers(item)]));
  }
  return value;
}

function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] ?? message;
  return line.endsWith('.') ? line : `${line}.`;
}
