import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { type Authority, createAuthority, type Issued } from '../../../test/support/authority.ts';
import { startSecuredOpenSearch } from '../../../test/support/own-servers.ts';

/** What a role of the security plugin may do. */
export interface Role {
  readonly cluster_permissions: readonly string[];
  readonly index_permissions: readonly {
    readonly index_patterns: readonly string[];
    readonly allowed_actions: readonly string[];
  }[];
}

/** An OpenSearch with its security plugin, and one user whose role the test decides. */
export interface Secured extends AsyncDisposable {
  readonly url: string;
  readonly authority: Authority;
  readonly user: string;
  readonly password: string;
  /** Of a second user, who has no password and the same role. */
  readonly client: Issued;
  /** From now on both may do this. */
  grant(role: Role): Promise<void>;
  /** As the administrator, who is one by certificate. The text of the answer, whatever its status. */
  ask(method: string, path: string, body?: unknown): Promise<string>;
}

export async function startSecured(): Promise<Secured> {
  const authority = await createAuthority();
  const hosts = 'DNS:localhost';
  const [node, admin, client] = [
    await authority.issue('node', { hosts }),
    await authority.issue('admin'),
    await authority.issue('certified'),
  ];
  const server = await startSecuredOpenSearch({
    authority: authority.certificate,
    certificate: node.certificate,
    key: node.key,
    nodeSubject: 'CN=node',
    adminSubject: 'CN=admin',
  });
  const user = 'sluice';
  // With signs that mean something in a URL, in a header and in JSON.
  const password = `ü"%\\:@/?#-${randomBytes(12).toString('base64')}`;

  const ask = (method: string, path: string, body?: unknown): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = request(`${server.url}${path}`, {
        method,
        ca: authority.certificate,
        cert: admin.certificate,
        key: admin.key,
        headers: { 'content-type': 'application/json' },
      });
      sent.on('error', reject);
      sent.on('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve(text));
      });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const configure = async (path: string, body: unknown) => {
    const answer = await ask('PUT', `/_plugins/_security/api/${path}`, body);
    if (!/"status":"(?:CREATED|OK)"/.test(answer)) throw new Error(`PUT ${path}: ${answer}`);
  };

  await configure('roles/sluice', { cluster_permissions: [], index_permissions: [] });
  await configure(`internalusers/${user}`, { password });
  await configure('rolesmapping/sluice', { users: [user, 'certified'] });
  return {
    url: server.url,
    authority,
    user,
    password,
    client,
    grant: (role) => configure('roles/sluice', role),
    ask,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await authority[Symbol.asyncDispose]();
    },
  };
}
