// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everythingOf, leaksOf } from '../../../../test/support/leaks.ts';
import { parseSchema } from '../schema/index.ts';
import { writeLock } from './lock.ts';
import { resolveConfig } from './resolve-config.ts';
import type { LoadedConfig } from './types.ts';
import { loadYaml } from './yaml.ts';

/** Long enough that nothing else says it by chance, with signs that mean something to YAML, URLs, JSON and SQL. */
const secrets = fc
  .array(fc.constantFrom(...Array.from('aZ09_-.~!$&\'"()*+,;=:@/?#[]{}%\\|<>^` é日')), {
    minLength: 10,
    maxLength: 30,
  })
  .map((signs) => `s3${signs.join('')}t`.replaceAll('${', '$'));

/** A configuration with the secret in one place, written as people write it. */
const places: Record<string, (secret: string, quote: (text: string) => string) => string> = {
  'the password of a URL': (secret, quote) =>
    `source:\n  connection: ${quote(`postgres://app:${encodeURIComponent(secret)}@db:5432/shop`)}\n`,
  'the password in the parameters of a URL': (secret, quote) =>
    `source:\n  connection: ${quote(`postgres://app@db/shop?password=${encodeURIComponent(secret)}`)}\n`,
  'a password of its own': (secret, quote) =>
    `source:\n  connection:\n    host: db\n    password: ${quote(secret)}\n    database: shop\n`,
  'a passphrase': (secret, quote) =>
    `source:\n  connection: { host: db, ssl: { mode: verify-full, key: k.pem, key_password: ${quote(secret)} } }\n`,
  'the password of a sink': (secret, quote) =>
    `source: { connection: db }\nsinks:\n  search:\n    plugin: opensearch\n    username: sluice\n    password: ${quote(secret)}\n`,
  'the URL of a sink': (secret, quote) =>
    `source: { connection: db }\nsinks:\n  search:\n    plugin: opensearch\n    url: ${quote(`https://sluice:${encodeURIComponent(secret)}@search:9200`)}\n`,
  'an API key': (secret, quote) =>
    `source: { connection: db }\nsinks: { search: { plugin: opensearch, api_key: ${quote(secret)} } }\n`,
  'a header': (secret, quote) =>
    `source: { connection: db }\nsinks:\n  hook:\n    plugin: ./hook.js\n    headers:\n      Authorization: ${quote(secret)}\n`,
  'the token of the server': (secret, quote) =>
    `source: { connection: db }\nserver:\n  private: 127.0.0.1:1\n  token: ${quote(secret)}\n`,
  'the environment': () =>
    'source: { connection: "${DATABASE}" }\nsinks: { search: { plugin: opensearch, opaque: "${SECRET}" } }\n',
};
const rest = 'indexes:\n  users:\n    schema: users.schema.yml\n';

const quotes: ((text: string) => string)[] = [
  (text) => JSON.stringify(text),
  (text) => `'${text.replaceAll("'", "''")}'`,
];

/** Ways in which somebody gets a file wrong. */
const mistakes: ((text: string, at: number) => string)[] = [
  (text) => text,
  (text) => `${text}sorce: 1\n`,
  (text) => `${text}prefix: [unclosed\n`,
  (text) => text.replace('source:', 'sorce:'),
  (text) => text.replace('password:', 'pasword:'),
  (text) => text.replace('plugin:', 'plugn:'),
  (text) => text.replaceAll(/^( +)/gm, (indent, _, at) => (at % 2 === 0 ? indent : `${indent} `)),
  (text) => text.replace('\n', '\n\t'),
  (text) => `${text}  stray: &a *b\n`,
  (text) => text + text,
  (text) => text.replace('users.schema.yml', '12'),
  (text, at) => inserted(text, at, '\n'),
  (text, at) => inserted(text, at, ': : '),
  (text, at) => inserted(text, at, '"'),
];

/** Not into the key or value of a secret, which would be another one then. */
function inserted(text: string, at: number, what: string): string {
  const place = text.length - 1 - (at % rest.length);
  return text.slice(0, place) + what + text.slice(place);
}

async function outcome(text: string, secret: string): Promise<LoadedConfig | Error> {
  const yaml = loadYaml(text, 'sluice.yaml');
  const document = { ...yaml, file: '/d/sluice.yaml', name: 'sluice.yaml', baseDir: '/d' };
  const schema = 'table: users\nfields:\n  - text: name\n';
  const env = { SECRET: secret, DATABASE: `postgres://app:${encodeURIComponent(secret)}@db/shop` };
  try {
    return await resolveConfig(document, {
      env,
      unset: 'fail',
      readSchema: async ({ index }) => parseSchema(schema, 'users.schema.yml', index),
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

test.each(Object.entries(places))('%s comes out of no error, dump or lock', async (_name, place) => {
  await fc.assert(
    fc.asyncProperty(
      secrets,
      fc.constantFrom(...quotes),
      fc.constantFrom(...mistakes),
      fc.nat(400),
      async (secret, quote, mistake, at) => {
        const whole = place(secret, quote) + rest;
        const text = mistake(whole, at);
        // What was cut into by the mistake itself is another text.
        fc.pre(
          place(secret, quote).includes('${') ||
            text.includes(quote(secret).slice(1, -1)) ||
            text.includes(encodeURIComponent(secret)),
        );
        const result = await outcome(text, secret);
        if (result instanceof Error) {
          expect(leaksOf(secret, everythingOf(result))).toEqual([]);
          return;
        }
        const dumps = [
          inspect(result, { depth: 20 }),
          JSON.stringify(result),
          inspect({ of: [result.source, ...result.sinks] }, { depth: 20 }),
        ];
        expect(leaksOf(secret, dumps.join('\n'))).toEqual([]);
        expect(JSON.stringify(result.source)).not.toContain(secret);
        let lock = '';
        try {
          lock = writeLock(result);
        } catch (error) {
          lock = everythingOf(error);
        }
        expect(leaksOf(secret, lock)).toEqual([]);
      },
    ),
    { numRuns: 80 },
  );
});
