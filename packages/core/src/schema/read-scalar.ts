import { suggest } from '../config/suggest.ts';
import type { ScalarField, ScalarType, Transform } from '../contracts/index.ts';
import { describeValue, quoteName } from './describe-value.ts';
import { explainFor, type FieldInput } from './field-input.ts';
import { lookUp } from './look-up.ts';
import { postgresTypeName } from './postgres-type-name.ts';
import { readDefault } from './read-default.ts';
import { readJsonObject } from './read-json.ts';
import { isMapping, readMapping } from './read-mapping.ts';
import { customShape, enumShape, scalarShape } from './shapes.ts';
import { unsupportedTransforms } from './unsupported.ts';

const textTypes: ReadonlySet<ScalarType> = new Set(['text', 'identifier', 'keyword', 'enum', 'custom']);

/** A field that reads one column. */
export function readScalar(type: ScalarType, input: FieldInput): ScalarField | null {
  const { raw, at, name, label, problems } = input;
  const own = readOwn(type, input);
  const value = readDefault(type, raw['default'], [...at, 'default'], label, problems);
  const transforms = readTransforms(type, input);
  const options = readJsonObject(raw['options'], [...at, 'options'], 'options', label, problems);
  const variants = type === 'enum' ? readVariants(input) : null;
  if (own === null) return null;
  return {
    kind: 'scalar',
    name,
    at,
    type,
    column: own.column ?? name,
    required: own.required ?? false,
    default: value,
    transforms,
    options,
    variants,
    custom: own.custom,
  };
}

function readOwn(type: ScalarType, input: FieldInput) {
  const { raw, at, label, head, problems } = input;
  const subject = { label, at, head, explain: explainFor(type, input) };
  if (type === 'custom') {
    const read = readMapping(customShape, raw, subject, problems);
    if (read === null) return null;
    const custom = { postgres: read.postgres.map(postgresTypeName), opensearch: read.opensearch };
    return { column: read.column, required: read.required, custom };
  }
  const read = readMapping(type === 'enum' ? enumShape : scalarShape, raw, subject, problems);
  return read === null ? null : { column: read.column, required: read.required, custom: null };
}

function readVariants({ raw, at, label, problems }: FieldInput): readonly string[] | null {
  const variants = raw['variants'];
  // Anything else is the shape's to report.
  if (!Array.isArray(variants) || !variants.every((variant) => typeof variant === 'string')) return null;
  const first = new Map<string, number>();
  for (const [index, variant] of variants.entries()) {
    const place = [...at, 'variants', index];
    const earlier = first.get(variant);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (variant.trim() === '' || /[\u0000-\u001f]/.test(variant)) {
      problems.report({
        at: place,
        message: `${label}: the variant ${quoteName(variant)} is empty or holds a control character.`,
        hint: 'Write the value as the column holds it, or remove it: values outside the list sort last.',
      });
    } else if (earlier !== undefined) {
      problems.report({
        at: place,
        message: `${label}: the variant ${quoteName(variant)} is listed twice.`,
        hint: `It has rank ${earlier + 1} already: remove one of the two.`,
      });
    } else {
      first.set(variant, index);
    }
  }
  return variants.length === 0 ? null : variants;
}

function readTransforms(type: ScalarType, { raw, at, label, problems }: FieldInput): readonly Transform[] {
  const list = raw['transforms'];
  if (list === undefined || list === null) return [];
  const place = [...at, 'transforms'];
  if (!Array.isArray(list)) {
    problems.report({
      at: place,
      message: `${label}: \`transforms\` must be a list, found ${describeValue(list)}.`,
      hint: 'Write `transforms: [trim, lowercase]`.',
    });
    return [];
  }
  if (list.length > 0 && !textTypes.has(type)) {
    problems.report({
      at: place,
      part: 'key',
      message: `${label}: \`transforms\` change text, and \`${type}\` is none.`,
      hint: 'Remove them, or use one of the types `text`, `identifier`, `keyword`, `enum`.',
    });
    return [];
  }
  return list.flatMap((item: unknown, index): Transform[] => {
    if (item === 'lowercase' || item === 'trim') return [{ kind: item }];
    const word = isMapping(item) ? Object.keys(item)[0] : item;
    const name = typeof word === 'string' ? word : null;
    const later = name === null ? undefined : lookUp(unsupportedTransforms, name);
    const near = name === null ? null : suggest(name, ['lowercase', 'trim']);
    problems.report({
      at: [...place, index],
      message:
        later === undefined
          ? `${label}: there is no transform ${name === null ? `like ${describeValue(item)}` : quoteName(name)}.`
          : `${label}: the transform \`${name}\` is not supported yet.`,
      hint: later ?? (near === null ? 'There are `lowercase` and `trim`.' : `Did you mean \`${near}\`?`),
    });
    return [];
  });
}
