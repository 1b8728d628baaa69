// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import type { SourcePath } from '../contracts/index.ts';

/** What to write at each place of the configuration; `*` is any name, `#` any position. */
const hints: Readonly<Record<string, string>> = {
  '': 'It needs `source` with a `connection`, and `indexes`.',
  source: 'Write `source: { connection: "${DATABASE_URL}" }`.',
  'source.connection':
    'Write a postgres:// URL, best as `${DATABASE_URL}`, or its parts: host, port, user, password, database, ssl.',
  'source.connection.port': 'Postgres listens on 5432 unless told otherwise.',
  'source.capture':
    'Write `capture: wal`, `capture: triggers` or `capture: auto`, or a mapping with `plugin` and its options.',
  'source.capture.plugin': 'Name the capture: `plugin: wal`.',
  sinks: 'Name the sinks, each with its `plugin`; without the key documents go to stdout.',
  'sinks.*': 'Write `{ plugin: opensearch, url: … }`.',
  'sinks.*.plugin': 'Name the sink plugin: `plugin: opensearch`.',
  'sinks.*.required': 'A sink with `required: false` may fall behind alone.',
  indexes: 'Write `indexes: { users: { schema: users.schema.yml } }`.',
  'indexes.*': 'Write `{ schema: users.schema.yml }`.',
  'indexes.*.schema': 'Name the schema file of the index, relative to the configuration.',
  'indexes.*.sinks': 'List names of sinks, or leave the key out for all of them.',
  'indexes.*.on_reject':
    '`stop` halts the index at a rejected document; `dead_letter` puts it aside, to be listed and tried again; `skip` leaves it out.',
  prefix: 'The prefix stands before every index name: text such as `staging_`.',
  queue: 'Write `queue: memory`, or a mapping with `plugin` and its options.',
};

/** What to do about a mistake at a place of the configuration that has no hint of its own. */
export function configHint(path: SourcePath): string | undefined {
  const pattern = path.map((step, depth) => {
    if (typeof step === 'number') return '#';
    return depth === 1 && (path[0] === 'sinks' || path[0] === 'indexes') ? '*' : step;
  });
  return hints[pattern.join('.')];
}
