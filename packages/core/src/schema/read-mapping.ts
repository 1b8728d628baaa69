import type { z } from 'zod';
import { suggest } from '../config/suggest.ts';
import type { SourcePath } from '../contracts/index.ts';
import { describeValue, enumerate, quoteName } from './describe-value.ts';
import { type KeyText, keyTextOf } from './key-shapes.ts';
import { lookUp } from './look-up.ts';
import type { Problem, Problems } from './problems.ts';
import { unsupportedSiblings, unsupportedTypes } from './unsupported.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** What to say of a key that does not belong where it stands. */
export interface KeyWords {
  readonly message: string;
  readonly hint: string;
  /** The key that was probably meant: that it is missing need not be said too. */
  readonly instead: string | null;
}

/** What is being read, for messages. */
export interface Subject {
  /** Begins the message: `` `has_many: orders` ``. */
  readonly label: string;
  readonly at: SourcePath;
  /** Where a missing key is reported; default: `at`. */
  readonly head?: Pick<Problem, 'at' | 'part'>;
  /** Words for a key that the shape does not have; null: the usual ones. */
  readonly explain?: (key: string, value: unknown) => KeyWords | null;
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a mapping by its shape. A key without a value counts as not there. Reports everything that
 * is wrong with it; null if anything is.
 */
export function readMapping<Shape extends z.ZodRawShape>(
  shape: z.ZodObject<Shape>,
  raw: Mapping,
  subject: Subject,
  problems: Problems,
): z.output<z.ZodObject<Shape>> | null {
  const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
  const result = shape.safeParse(given);
  const allowed = Object.keys(shape.shape);
  const meant = new Set<string | null>();
  // Not left to zod: an unknown key without a value is one too.
  for (const [key, value] of Object.entries(raw)) {
    if (Object.hasOwn(shape.shape, key)) continue;
    const { instead, ...words } =
      subject.explain?.(key, value) ?? explainUnknownKey(subject.label, key, allowed);
    meant.add(instead);
    problems.report({ at: [...subject.at, key], part: 'key', ...words });
  }
  if (result.success) return meant.size > 0 ? null : result.data;
  const told = new Set<string>();
  for (const issue of result.error.issues) {
    const key = String(issue.path[0]);
    const echo = told.has(key) || (given[key] === undefined && meant.has(key));
    if (issue.code === 'unrecognized_keys' || echo) continue;
    told.add(key);
    problems.report(wrongValue(shape, given, subject, issue));
  }
  return null;
}

/** "takes no `limt`", with the nearest name or all names. */
export function explainUnknownKey(label: string, key: string, allowed: readonly string[]): KeyWords {
  const later = lookUp(unsupportedSiblings, key);
  if (later !== undefined && !allowed.includes(key)) {
    return { message: `${label}: ${quoteName(key)} is not supported yet.`, hint: later, instead: null };
  }
  const begun = key.length < 3 ? undefined : allowed.find((name) => name.startsWith(key.toLowerCase()));
  const near = begun ?? suggest(key, allowed);
  const takes = `It takes ${enumerate(allowed.map(quoteName))}.`;
  return {
    message: `${label} has no key ${quoteName(key)}.`,
    hint: near === null ? takes : `Did you mean ${quoteName(near)}? ${takes}`,
    instead: near,
  };
}

function wrongValue(shape: z.ZodObject, given: Mapping, subject: Subject, issue: z.core.$ZodIssue): Problem {
  const key = String(issue.path[0]);
  const text = textOf(shape, key);
  const value = given[key];
  if (value === undefined) {
    return {
      ...(subject.head ?? { at: subject.at }),
      message: `${subject.label} needs ${quoteName(key)}.`,
      hint: text.help,
    };
  }
  const own = customIssue(issue);
  if (own !== null) {
    return {
      at: [...subject.at, key, ...own.path.slice(1)],
      message: `${subject.label}: ${quoteName(key)} ${own.message}.`,
      hint: text.help,
    };
  }
  const at = [...subject.at, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  const choices = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  return {
    at,
    message: `${subject.label}: ${quoteName(key)} must be ${text.expects}, found ${describeValue(value)}.`,
    hint: hintFor(value, choices, text),
  };
}

function hintFor(value: unknown, choices: readonly string[], text: KeyText): string {
  if (typeof value !== 'string' || choices.length < 3) return text.help;
  const later = lookUp(unsupportedTypes, value);
  if (later !== undefined) return `\`${value}\` is not supported yet. ${text.help}`;
  const near = suggest(value, choices);
  return near === null ? `${text.help} Possible: ${choices.join(', ')}.` : `Did you mean ${quoteName(near)}?`;
}

/** The message that a check of ours gave, also inside a union. */
function customIssue(issue: z.core.$ZodIssue): { message: string; path: (string | number)[] } | null {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'custom') return { message: issue.message, path };
  if (issue.code !== 'invalid_union') return null;
  for (const branch of issue.errors) {
    for (const inner of branch) {
      const own = customIssue(inner);
      if (own !== null) return { message: own.message, path: [...path, ...own.path] };
    }
  }
  return null;
}

function textOf(shape: z.ZodObject, key: string): KeyText {
  const part = shape.shape[key];
  const inner =
    part?._zod.def.type === 'optional' && 'unwrap' in part && typeof part.unwrap === 'function'
      ? part.unwrap()
      : part;
  return (
    keyTextOf(inner) ?? {
      expects: 'another value',
      help: `See ${quoteName(key)} in the reference of the schema language.`,
    }
  );
}
