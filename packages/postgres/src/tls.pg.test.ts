import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority, type Issued } from '../../../test/support/authority.ts';
import { startOwnPostgres } from '../../../test/support/own-servers.ts';
import { connectTo } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { type ClientOptions, connect, connectDirectly } from './connection.ts';
import { parseConnection } from './connection-settings.ts';

// A server whose certificate is for `localhost` and signed by an authority of its own. It lets the role
// `app` in over TLS only, and `certified` with a client certificate only.

let server: Awaited<ReturnType<typeof startOwnPostgres>>;
let authority: Authority;
let stranger: Authority;
let client: Issued;
let locked: Issued;
const passphrase = 'the-passphrase';

beforeAll(async () => {
  authority = await createAuthority();
  stranger = await createAuthority('Another authority');
  const certificate = await authority.issue('server', { hosts: 'DNS:localhost' });
  client = await authority.issue('certified');
  locked = await authority.issue('locked', { passphrase });
  server = await startOwnPostgres();
  const superuser = await connectTo(server.url);
  // Written by the server itself, so that the files are its own wherever it runs.
  const place = async (file: string, text: string) => {
    const lines = `$file$${text.trimEnd()}$file$`;
    await superuser.query(
      `COPY (SELECT unnest(string_to_array(${lines}, chr(10)))) TO PROGRAM 'umask 077; cat > ${file}'`,
    );
  };
  await place('server.crt', certificate.certificate);
  await place('server.key', certificate.key);
  await place('root.crt', authority.certificate);
  await place(
    'pg_hba.conf',
    `hostssl all certified,locked all cert
hostssl all,replication app all scram-sha-256
host all postgres all scram-sha-256
`,
  );
  await superuser.query("CREATE ROLE app LOGIN REPLICATION PASSWORD 'app-password'");
  await superuser.query('CREATE ROLE certified LOGIN; CREATE ROLE locked LOGIN');
  await superuser.query('ALTER SYSTEM SET ssl = on');
  await superuser.query("ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
  await superuser.query('SELECT pg_reload_conf()');
  await superuser.end();
  await waitFor(
    async () => {
      const answer = await kind('sslmode=require').catch(() => null);
      return answer?.ssl === 't';
    },
    { what: 'the server to take TLS' },
  );
});

afterAll(async () => {
  await server?.stop();
  await authority?.[Symbol.asyncDispose]();
  await stranger?.[Symbol.asyncDispose]();
});

interface Shown {
  readonly ssl: string;
}

function urlOf(parameters: string, { host = 'localhost', user = 'app:app-password' } = {}): string {
  return `postgres://${user}@${host}:${new URL(server.url).port}/postgres?${parameters}`;
}

async function kind(
  parameters: string,
  where: { host?: string; user?: string } = {},
  options: Partial<ClientOptions> = {},
): Promise<Shown | undefined> {
  const open = options.replication === undefined && options.limits === undefined ? connectDirectly : connect;
  const connection = await open(parseConnection(urlOf(parameters, where)), {
    applicationName: 'sluice test',
    ...options,
  });
  try {
    if (options.replication === true) {
      await connection.query('IDENTIFY_SYSTEM');
      // A walsender takes simple queries too.
      const { rows } = await connection.query<Shown>(
        'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      return rows[0];
    }
    const { rows } = await connection.query<Shown>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    return rows[0];
  } finally {
    await connection.end();
  }
}

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'SLUICE_SOURCE_REFUSED', message: expect.stringMatching(message) });

describe.each([
  [
    'a connection for queries',
    {
      pin: 'transaction' as const,
      limits: { statementTimeout: 0, lockTimeout: 0, idleInTransactionTimeout: 0 },
    },
  ],
  ['a connection that listens', {}],
  ['a replication connection', { replication: true }],
])('%s', (_name, options) => {
  const root = () => `sslrootcert=${encodeURIComponent(authority.certificateFile)}`;
  const other = () => `sslrootcert=${encodeURIComponent(stranger.certificateFile)}`;

  test.each(['require', 'verify-ca', 'verify-full'])(
    'sslmode=%s passes with the right authority',
    async (mode) => {
      expect(await kind(`sslmode=${mode}&${root()}`, {}, options)).toEqual({ ssl: 't' });
    },
  );

  test('verify-full refuses the right authority for another host, verify-ca does not', async () => {
    const elsewhere = { host: '127.0.0.1' };
    await expect(kind(`sslmode=verify-full&${root()}`, elsewhere, options)).rejects.toEqual(
      refused(/not in the cert's list/),
    );
    expect(await kind(`sslmode=verify-ca&${root()}`, elsewhere, options)).toEqual({ ssl: 't' });
  });

  test.each(['require', 'verify-ca', 'verify-full'])('sslmode=%s refuses another authority', async (mode) => {
    await expect(kind(`sslmode=${mode}&${other()}`, {}, options)).rejects.toEqual(refused(/certificate/));
  });

  test('verify-full without an authority takes public ones only', async () => {
    await expect(kind('sslmode=verify-full', {}, options)).rejects.toEqual(refused(/certificate/));
  });

  test('require without an authority, prefer and allow encrypt and check nothing', async () => {
    for (const mode of ['require', 'prefer', 'allow']) {
      expect(await kind(`sslmode=${mode}`, {}, options)).toEqual({ ssl: 't' });
    }
  });

  test('disable sends no password where the server wants TLS, and is refused', async () => {
    await expect(kind('sslmode=disable', {}, options)).rejects.toEqual(refused(/pg_hba.conf/));
  });

  test('SCRAM bound to the TLS connection is accepted', async () => {
    expect(await kind(`sslmode=verify-full&channel_binding=require&${root()}`, {}, options)).toEqual({
      ssl: 't',
    });
  });
});

describe('a client certificate', () => {
  const options = { limits: { statementTimeout: 0, lockTimeout: 0, idleInTransactionTimeout: 0 } };
  const files = ({ certificateFile, keyFile }: Issued) =>
    `sslmode=verify-full&sslrootcert=${encodeURIComponent(authority.certificateFile)}` +
    `&sslcert=${encodeURIComponent(certificateFile)}&sslkey=${encodeURIComponent(keyFile)}`;

  test('takes the place of a password', async () => {
    expect(await kind(files(client), { user: 'certified' }, options)).toEqual({ ssl: 't' });
  });

  test('with a passphrase needs it, and no message holds it', async () => {
    const user = { user: 'locked' };
    expect(await kind(`${files(locked)}&sslpassword=${passphrase}`, user, options)).toEqual({ ssl: 't' });
    const wrong: unknown = await kind(`${files(locked)}&sslpassword=not-${passphrase}`, user, options).catch(
      (error: unknown) => error,
    );
    expect(wrong).toMatchObject({
      code: 'SLUICE_SOURCE_REFUSED',
      hint: expect.stringContaining('sslpassword'),
    });
    expect(String(wrong)).not.toContain(passphrase);
  });

  test('of somebody else, or none, is refused', async () => {
    await expect(kind(files(client), { user: 'locked' }, options)).rejects.toEqual(refused(/certificate/));
    const none = `sslmode=verify-full&sslrootcert=${encodeURIComponent(authority.certificateFile)}`;
    await expect(kind(none, { user: 'certified' }, options)).rejects.toEqual(refused(/certificate/));
  });
});
