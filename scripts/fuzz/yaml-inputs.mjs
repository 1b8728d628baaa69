// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to the environment are a part of it
// What the fuzzer of the YAML front end feeds it: the repository's own configurations and schemas, damaged by
// characters, by lines and by tokens, mixed with each other, and blown up to the size limit.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const tokens = [
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '!!str ',
    '!!binary ',
    '!!set ',
    '!env ',
    '? ',
    '- ',
    ': ',
    '|',
    '|2-',
    '>+',
    '%YAML 1.1\n---\n',
  ],
  ...[
    '---\n',
    '...\n',
    '#',
    '"',
    "'",
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    '~',
    '.inf',
    '.nan',
    '-0',
    '0x1f',
    '0o17',
    '1e400',
  ],
  ...[
    '9223372036854775808',
    '1_000',
    '=',
    '2001-01-01',
    'yes',
    'null',
    '\t',
    '\r',
    '\n',
    '\u0000',
    '\u001b[31m',
    '\u2028',
  ],
  ...[
    '\ufeff',
    '\ud800',
    '😀',
    '__proto__: ',
    'constructor: ',
    'toString',
    '${',
    '${A}',
    '${A:-b}',
    '$${',
    '"\\u0000"',
  ],
  ...[
    'raw: ',
    'any: ',
    'all: ',
    'not: ',
    'in',
    'between',
    'like',
    'is_null',
    'op: ',
    'value: ',
    'filters: ',
    'fields: ',
  ],
  ...[
    'version: 1',
    'table: ',
    'schema: ',
    'primary_key: ',
    'doc_id: ',
    'routing: ',
    'soft_delete: ',
    'settings: ',
  ],
  ...[
    'has_many: ',
    'belongs_to: ',
    'has_one: ',
    'many_to_many: ',
    'through: ',
    'foreign_key: ',
    'order_by: ',
    'limit: ',
  ],
  ...[
    'count: ',
    'sum: ',
    'avg: ',
    'collect: ',
    'first: ',
    'text: ',
    'keyword: ',
    'enum: ',
    'variants: ',
    'map: ',
    'geo: ',
  ],
  ...[
    'constant: ',
    'sql: ',
    'expression: ',
    'depends_on: ',
    'transforms: ',
    'default: ',
    'options: ',
    'custom: ',
  ],
  ...[
    'source: ',
    'connection: ',
    'capture: ',
    'sinks: ',
    'indexes: ',
    'prefix: ',
    'queue: ',
    'plugin: ',
    'password: ',
  ],
  ...[
    'postgres://u:p@h:1/d?sslmode=',
    'hold_limit: ',
    'on_reject: ',
    '10MiB',
    '5m',
    'required: ',
    'enabled: ',
  ],
];
const longest = 512 * 1024;

/** Every YAML file of the repository, and the YAML in its documentation. */
export function yamlCorpus(root) {
  const listed = execFileSync('git', ['ls-files', '-z', '*.yml', '*.yaml', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  const texts = listed
    .split('\0')
    .filter(Boolean)
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return file.endsWith('.md')
        ? [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block)
        : [text];
    });
  const isConfig = (text) => /^(?:source|sinks|indexes):/m.test(text);
  return { configs: texts.filter(isConfig), schemas: texts.filter((text) => !isConfig(text)) };
}

/** One damaged text out of `texts`. */
export function nextText(random, texts) {
  let text = random.oneIn(50) ? noise(random) : random.pick(texts);
  for (let turns = 1 + random.size(random.oneIn(2) ? 3 : 8); turns > 0; turns -= 1)
    text = damage(random, text, texts);
  if (random.oneIn(400)) text = inflate(random, text);
  return text;
}

function noise(random) {
  if (random.oneIn(2)) return random.bytes(random.size(400)).toString(random.pick(['utf8', 'latin1']));
  return Array.from({ length: random.size(60) }, () => random.pick(tokens)).join(
    random.pick(['', ' ', '\n', '\n  ']),
  );
}

function damage(random, text, texts) {
  const at = random.below(text.length + 1);
  const cut = (from, to, between = '') => text.slice(0, from) + between + text.slice(to);
  switch (random.below(12)) {
    case 0:
      return cut(at, at + 1 + random.size(12));
    case 1:
      return cut(at, at, random.pick(tokens));
    case 2:
      return cut(at, at + 1, String.fromCharCode(random.below(random.oneIn(8) ? 0x10000 : 0x80)));
    case 3: {
      const part = text.slice(at, at + random.size(80));
      return cut(at, at, part.repeat(1 + random.size(4)));
    }
    case 4: {
      const other = random.pick(texts);
      const from = random.below(other.length + 1);
      return cut(at, at, other.slice(from, from + random.size(200)));
    }
    case 5:
    case 6:
    case 7:
      return replaceToken(random, text);
    default:
      return damageLines(random, text, texts);
  }
}

/** Puts another word, number or sign where one stands: what is well-formed mostly stays so. */
function replaceToken(random, text) {
  const found = [...text.matchAll(/[\w.${}:/@-]+/g)];
  if (found.length === 0) return text;
  const { 0: word, index } = random.pick(found);
  const instead = random.oneIn(2) ? random.pick(tokens) : random.pick(found)[0];
  return text.slice(0, index) + instead + text.slice(index + word.length);
}

function damageLines(random, text, texts) {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const line = lines[at] ?? '';
  switch (random.below(6)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(random.below(lines.length), 0, line);
      break;
    case 2:
      lines[at] = ' '.repeat(random.size(12)) + line.trimStart();
      break;
    case 3:
      lines.splice(
        at,
        0,
        ...random
          .pick(texts)
          .split('\n')
          .slice(0, random.size(10))
          .map((one) => (/^ */.exec(line)?.[0] ?? '') + one),
      );
      break;
    case 4:
      lines[at] = line.replace(/:.*$/s, `: ${random.pick(tokens)}`);
      break;
    default:
      lines.splice(at, 1 + random.size(5), ...lines.slice(at, at + 1 + random.size(5)).reverse());
  }
  return lines.join('\n');
}

/** A part of it over and over, up to the longest text that is read: what takes long for its size shows here. */
function inflate(random, text) {
  const from = random.below(text.length);
  const part = text.slice(from, from + 1 + random.size(40)) || random.pick(tokens);
  const size = 1 + random.below(longest);
  const room = Math.max(0, size - text.length);
  return text.slice(0, from) + part.repeat(Math.floor(room / part.length)) + text.slice(from);
}
