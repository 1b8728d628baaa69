import type { SourcePath, StandardSchemaV1 } from '../contracts/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { expectedByUnion, type LeafIssue, leafIssues } from './leaf-issues.ts';
import { isMapping, pathText, valueAt } from './plain-data.ts';
import { suggest, suggestionHint } from './suggest.ts';
import type { EntryPart } from './yaml.ts';

/** Something wrong with an entry of a configuration, before it has a line and column. */
export interface OptionProblem {
  readonly path: SourcePath;
  readonly part: EntryPart;
  readonly code?: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * A validator's issues in the words of the person who wrote the file. zod's issues are understood
 * by their structure, whichever copy made them; of other libraries, the message is taken as it is.
 *
 * @param input What was validated.
 * @param at Where the input stands in the file.
 * @param keys The JSON Schema of the input, for did-you-mean; see `inputSchemaOf`.
 */
export function optionProblems(
  issues: readonly StandardSchemaV1.Issue[],
  input: unknown,
  at: SourcePath,
  keys: unknown,
): readonly OptionProblem[] {
  const leaves = leafIssues(issues);
  const unknown = leaves.flatMap((issue) => unknownKeys(issue, keys));
  const meant = new Set(
    unknown.map(({ owner, name, known }) => pathText([...owner, suggest(name, known) ?? name])),
  );
  return leaves.flatMap((issue) => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      return unknown.filter(({ source }) => source === issue).map((found) => unknownKeyProblem(found, at));
    }
    const value = valueAt(input, path);
    const name = pathText([...at, ...path]);
    const say = (what: string, hint?: string): readonly OptionProblem[] => [
      {
        path: [...at, ...path],
        part: 'value',
        message: `${name === '' ? 'The file' : `\`${name}\``} ${what}.`,
        hint,
      },
    ];
    if (value === undefined && path.length > 0) {
      // A mistyped key is not missing as well.
      return meant.has(pathText(path)) ? [] : say('is missing');
    }
    return say(explain(issue, value), hintOf(issue, value));
  });
}

/** The JSON Schema that a Standard Schema says of its input, where it does; else null. */
export function inputSchemaOf(schema: StandardSchemaV1): unknown {
  const standard: object = schema['~standard'];
  if (!('jsonSchema' in standard) || !isMapping(standard.jsonSchema)) return null;
  const { input } = standard.jsonSchema;
  if (typeof input !== 'function') return null;
  try {
    return input({ target: 'draft-2020-12' });
  } catch {
    // A schema with a part that JSON Schema cannot say: no did-you-mean then.
    return null;
  }
}

interface UnknownKey {
  readonly source: LeafIssue;
  readonly owner: SourcePath;
  readonly name: string;
  readonly known: readonly string[];
}

function unknownKeys(issue: LeafIssue, keys: unknown): readonly UnknownKey[] {
  const names = issue.code === 'unrecognized_keys' ? issue.fields['keys'] : [];
  if (!Array.isArray(names)) return [];
  const known = keysAt(keys, issue.path);
  return names.map((name) => ({ source: issue, owner: issue.path, name: String(name), known }));
}

function unknownKeyProblem({ owner, name, known }: UnknownKey, at: SourcePath): OptionProblem {
  const place = pathText([...at, ...owner]);
  return {
    path: [...at, ...owner, name],
    part: 'key',
    message: place === '' ? `There is no key \`${name}\`.` : `\`${place}\` has no key \`${name}\`.`,
    hint: suggestionHint(name, known),
  };
}

/** What is wrong with a value that is there, as the end of a sentence that begins with its name. */
function explain(issue: LeafIssue, value: unknown): string {
  const { code, message, fields } = issue;
  const bound = (word: string, strict: string, limit: unknown): string =>
    `must be ${fields['inclusive'] === false ? strict : word} ${String(limit)}, not ${String(value)}`;
  // Written for the purpose, as what the value must be.
  if (message.startsWith('must be ') && code !== 'custom') return `${message}, not ${valueName(value)}`;
  switch (code) {
    case 'invalid_type':
      return mustBe(typeName(fields['expected']), value);
    case 'invalid_union': {
      const types = expectedByUnion(issue).map(typeName).join(' or ');
      if (types !== '') return mustBe(types, value);
      break;
    }
    case 'invalid_value':
      return mustBe(
        allowedValues(issue)
          .map((item) => `\`${item}\``)
          .join(' or '),
        value,
      );
    case 'too_small':
      return typeof value === 'number' ? bound('at least', 'more than', fields['minimum']) : 'is empty';
    case 'too_big':
      if (typeof value === 'number') return bound('at most', 'less than', fields['maximum']);
  }
  return /^(must|is|has|needs|cannot|may|names)\b/.test(message) ? message : `is not allowed: ${message}`;
}

function mustBe(what: string, value: unknown): string {
  return value === null ? `is empty: it must be ${what}` : `must be ${what}, not ${valueName(value)}`;
}

function hintOf(issue: LeafIssue, value: unknown): string | undefined {
  const near = typeof value === 'string' ? suggest(value, allowedValues(issue)) : null;
  if (near !== null) return `Did you mean \`${near}\`?`;
  const params = isMapping(issue.fields['params']) ? issue.fields['params'] : {};
  return typeof params['hint'] === 'string' ? params['hint'] : undefined;
}

function allowedValues(issue: LeafIssue): readonly string[] {
  return Array.isArray(issue.fields['values']) ? issue.fields['values'].map(String) : [];
}

/** The keys that a JSON Schema allows at a path. */
function keysAt(schema: unknown, path: SourcePath): readonly string[] {
  if (!isMapping(schema)) return [];
  const branches = [schema['anyOf'], schema['oneOf'], schema['allOf']].filter(Array.isArray).flat();
  if (branches.length > 0) return branches.flatMap((branch) => keysAt(branch, path));
  const [step, ...rest] = path;
  const properties = isMapping(schema['properties']) ? schema['properties'] : {};
  if (step === undefined) return Object.keys(properties);
  if (typeof step === 'number') return keysAt(schema['items'], rest);
  return keysAt(properties[step] ?? schema['additionalProperties'], rest);
}

function typeName(expected: unknown): string {
  switch (expected) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'int':
      return 'a whole number';
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'a mapping';
    default:
      return String(expected);
  }
}

/** A value as messages show it. Text is shown as written: secrets are redacted where it is printed. */
function valueName(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'string') return value === '' ? 'empty text' : `\`${value}\``;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return `\`${value}\``;
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}
