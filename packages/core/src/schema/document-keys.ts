import { quoteName } from './describe-value.ts';

/** Names of OpenSearch's own at the top of a document. */
const reservedNames: ReadonlySet<string> = new Set([
  '_id',
  '_index',
  '_type',
  '_source',
  '_size',
  '_doc_count',
  '_field_names',
  '_ignored',
  '_routing',
  '_version',
  '_seq_no',
  '_primary_term',
  '_nested_path',
  '_data_stream_timestamp',
]);

const longestKey = 255;

/**
 * What is wrong with a document key, to follow the key in a sentence; null if nothing is. Allowed
 * is what OpenSearch keeps as one field: no dots (they would make objects), no `*` (queries take it
 * for a pattern), none of its own names at the top of the document.
 */
export function wrongDocumentKey(
  key: string,
  level: 'root' | 'inner',
): { message: string; hint: string } | null {
  const shown = quoteName(key);
  if (key.trim() === '') {
    return {
      message: 'The document key is empty.',
      hint: 'Write the name the field has in the document, as in `- keyword: email`.',
    };
  }
  if (key.includes('.')) {
    const [outer = '', ...rest] = key.split('.');
    return {
      message: `The document key ${shown} holds a dot, which OpenSearch takes for a field inside an object.`,
      hint: `Make ${quoteName(outer)} an \`object\` with the field ${quoteName(rest.join('.'))}, or write it without the dot.`,
    };
  }
  if (level === 'root' && reservedNames.has(key)) {
    return {
      message: `The document key ${shown} belongs to OpenSearch at the top of a document.`,
      hint:
        key === '_id'
          ? 'The `_id` is made of the primary key, or of the columns in `doc_id`.'
          : 'Choose another name, for example without the underscore.',
    };
  }
  if (key === '__proto__') {
    return { message: 'The document key `__proto__` is not allowed.', hint: 'Choose another name.' };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[*\u0000-\u001f\u007f]/.test(key) || key !== key.trim()) {
    return {
      message: `The document key ${shown} holds a character that a field name cannot have.`,
      hint: 'Leave out `*`, control characters, and spaces at either end.',
    };
  }
  if (key.length > longestKey) {
    return {
      message: `The document key ${shown} is longer than ${longestKey} characters.`,
      hint: 'Choose a shorter one.',
    };
  }
  return null;
}
