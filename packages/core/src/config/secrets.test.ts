import { describe, expect, test } from 'vitest';
import { createRedactor, findSecrets, redactNodes } from './secrets.ts';

function redact(config: unknown, text: string, fromEnvironment: readonly (readonly string[])[] = []): string {
  return createRedactor(findSecrets(config, fromEnvironment)).text(text);
}

describe('hides', () => {
  test('the password of a URL, as written and decoded', () => {
    const config = { source: { connection: 'postgres://app:p%40ss%2Fw0rd@db:5432/shop' } };
    expect(redact(config, 'cannot reach postgres://app:p%40ss%2Fw0rd@db:5432/shop: p@ss/w0rd is wrong')).toBe(
      'cannot reach postgres://app:[redacted]@db:5432/shop: [redacted] is wrong',
    );
  });

  test('a password with signs that should have been encoded', () => {
    const config = { source: { connection: 'postgres://app:se@cr/et#1@db/shop' } };
    expect(redact(config, 'at se@cr/et#1 in postgres://app:se@cr/et#1@db/shop')).toBe(
      'at [redacted] in postgres://app:[redacted]@db/shop',
    );
  });

  test('everything under a key that names a secret, however deep', () => {
    const config = {
      sinks: {
        search: {
          plugin: 'opensearch',
          auth: { apiKey: { id: 'abcdef', value: 'ghijkl' } },
          url: 'http://es:9200',
        },
      },
    };
    expect(redact(config, 'abcdef ghijkl opensearch http://es:9200')).toBe(
      '[redacted] [redacted] opensearch http://es:9200',
    );
  });

  test('what came from the environment under source, sinks and queue, apart from names in the open', () => {
    const config = {
      source: { connection: { host: 'db.example', password: 'hunter22' } },
      sinks: {
        search: { plugin: 'opensearch', url: 'https://u:topsecret@es.example', opaque: 'x-from-env' },
      },
    };
    const fromEnvironment = [
      ['source', 'connection', 'host'],
      ['sinks', 'search', 'url'],
      ['sinks', 'search', 'opaque'],
    ];
    expect(redact(config, 'db.example hunter22 es.example topsecret x-from-env', fromEnvironment)).toBe(
      'db.example [redacted] es.example [redacted] [redacted]',
    );
  });

  test('a password in the query of a URL, and every line of a private key', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----\n';
    const config = {
      source: { connection: 'postgres:///shop?host=/tmp&password=letmein1' },
      sinks: { s: { tls: { key } } },
    };
    expect(redact(config, 'password=letmein1 MIIEvQIBADAN')).toBe('password=[redacted] [redacted]');
  });
});

test('hides every spelling in which a secret may come out', () => {
  const secret = `q"u\\o/t+e?é${'x'.repeat(5)}`;
  const config = { sinks: { search: { password: secret } } };
  const spellings = [
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    JSON.stringify({ secret }),
    ...['', 'u', 'us', 'user'].map((user) => Buffer.from(`${user}:${secret}`).toString('base64')),
    Buffer.from(`sluice:${secret}`).toString('base64url'),
  ];
  for (const spelling of spellings) {
    const said = redact(config, `it said ${spelling}!`);
    expect(said).toContain('[redacted]');
    expect(said.replace('[redacted]', '').length).toBeLessThan(32);
  }
});

test('a secret that is no well-formed text can be hidden too', () => {
  expect(redact({ sinks: { search: { password: 'half \ud800 pair' } } }, 'of half \ud800 pair')).toBe(
    'of [redacted]',
  );
});

test('a password that is also said in the open is hidden inside URLs only', () => {
  const config = { source: { connection: 'postgres://postgres:postgres@localhost/shop' } };
  expect(redact(config, 'role postgres at postgres://postgres:postgres@localhost/shop')).toBe(
    'role postgres at postgres://postgres:[redacted]@localhost/shop',
  );
  expect(redact({ source: { connection: 'postgres://app:a@db/shop' } }, 'a table at app:a@db')).toBe(
    'a table at app:[redacted]@db',
  );
});

test('masks a line without changing its length', () => {
  const line = '  connection: postgres://app:hunter22@db/shop';
  const masked = createRedactor(findSecrets({ source: { connection: line.trim().slice(12) } }, [])).mask(
    line,
  );
  expect(masked).toBe('  connection: postgres://app:********@db/shop');
});

test('redacts configuration data by node', () => {
  const config = {
    prefix: 'hunter22',
    source: { connection: 'postgres://app:hunter22@db/shop' },
    sinks: { search: { password: 12345678, url: 'http://es' } },
  };
  expect(redactNodes(config, findSecrets(config, []))).toEqual({
    prefix: 'hunter22',
    source: { connection: 'postgres://app:[redacted]@db/shop' },
    sinks: { search: { password: '[redacted]', url: 'http://es' } },
  });
});
