import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { OpenSearchOptions, OpenSearchSecurity } from './options.ts';
import type { Release } from './release.ts';

/** TLS towards clients and other nodes; a client may show a certificate, and must show something. */
export function securitySettings({
  nodeSubject,
  adminSubject,
}: OpenSearchSecurity): NonNullable<OpenSearchOptions['settings']> {
  const pem = (layer: string) => ({
    [`plugins.security.ssl.${layer}.pemcert_filepath`]: 'node.pem',
    [`plugins.security.ssl.${layer}.pemkey_filepath`]: 'node.key',
    [`plugins.security.ssl.${layer}.pemtrustedcas_filepath`]: 'authority.pem',
  });
  return {
    ...pem('transport'),
    ...pem('http'),
    'plugins.security.ssl.http.enabled': true,
    'plugins.security.ssl.http.clientauth_mode': 'OPTIONAL',
    'plugins.security.allow_default_init_securityindex': true,
    // Lists, which the flat settings of a node write as indexed keys.
    'plugins.security.nodes_dn.0': nodeSubject,
    'plugins.security.authcz.admin_dn.0': adminSubject,
    'plugins.security.restapi.roles_enabled.0': 'all_access',
  };
}

/** Who may come in: users with a password, and clients whose certificate says a user as its common name. */
const ways = `_meta: { type: config, config_version: 2 }
config:
  dynamic:
    http: { anonymous_auth_enabled: false }
    authc:
      basic:
        http_enabled: true
        transport_enabled: true
        order: 1
        http_authenticator: { type: basic, challenge: true }
        authentication_backend: { type: intern }
      certificate:
        http_enabled: true
        transport_enabled: true
        order: 0
        http_authenticator: { type: clientcert, challenge: false, config: { username_attribute: cn } }
        authentication_backend: { type: noop }
`;

const empty = {
  action_groups: 'actiongroups',
  allowlist: 'allowlist',
  audit: 'audit',
  internal_users: 'internalusers',
  nodes_dn: 'nodesdn',
  roles: 'roles',
  roles_mapping: 'rolesmapping',
  tenants: 'tenants',
};

/** The certificates, and a first configuration without any user or role. */
export async function writeSecurity(
  config: string,
  { authority, certificate, key }: OpenSearchSecurity,
): Promise<void> {
  const folder = join(config, 'opensearch-security');
  await mkdir(folder);
  await writeFile(join(folder, 'config.yml'), ways);
  for (const [name, type] of Object.entries(empty)) {
    const extra = type === 'allowlist' ? 'config: { enabled: false, requests: {} }\n' : '';
    const audit = type === 'audit' ? 'config: { enabled: false }\n' : '';
    const text = `_meta: { type: ${type}, config_version: 2 }\n${extra}${audit}`;
    await writeFile(join(folder, `${name}.yml`), text);
  }
  await writeFile(join(config, 'authority.pem'), authority);
  await writeFile(join(config, 'node.pem'), certificate);
  await writeFile(join(config, 'node.key'), key, { mode: 0o600 });
}

/** Rejects while the node does not answer, or does not know yet who may come in. */
export async function securedVersion(
  url: string,
  { authority }: OpenSearchSecurity,
  release: Release,
): Promise<string> {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const health = request(
      `${url}/_plugins/_security/health?mode=strict`,
      { ca: authority, timeout: 5_000 },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    health.on('error', reject);
    health.on('timeout', () => health.destroy(new Error('the node does not answer')));
    health.end();
  });
  if (status !== 200) throw new Error(`the security plugin answered ${status}`);
  return release.version;
}
