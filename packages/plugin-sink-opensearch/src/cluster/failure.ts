import { SluiceError } from '@sluice/core';
import { errors } from './client-parts.ts';
import { connectionFailure } from './connection.ts';

/** What OpenSearch said was wrong, as far as its answer can be read. */
export interface ServerReason {
  readonly type: string;
  readonly reason: string;
}

/** Codes of TLS failures that another try does not cure: the certificate, not the network. */
const certificateCode =
  /^(ERR_TLS_|CERT_|ERR_SSL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

/** TLS that was answered with something that is no TLS. */
const plainHttp = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/;

const staticSettings =
  'These settings are fixed when an index is made. `sluice reindex` builds a generation that has them.';

/**
 * Any failure of a request as the error that the engine knows: `SLUICE_SINK_UNAVAILABLE` where the
 * same may work later, `SLUICE_SINK_INDEX_GONE` where an index has to be made first, else
 * `SLUICE_SINK_REFUSED`. `purpose` completes "OpenSearch could not …".
 */
export function sinkError(error: unknown, purpose: string, nodes: string): SluiceError {
  if (error instanceof errors.ResponseError) return answerError(error, purpose, nodes);

  // The client's own errors hold the request with its body: they go no further than here.
  const cause = connectionFailure(error)?.cause ?? new Error(messageOf(error));
  const code = codeOf(cause);
  if (plainHttp.test(code) || /wrong version number|packet length too long/i.test(messageOf(cause))) {
    return new SluiceError('SLUICE_SINK_REFUSED', `What answers at ${nodes} speaks plain HTTP, not TLS`, {
      hint: 'Write http:// in place of https:// in the `url` of the sink, or give the node a certificate.',
      cause,
    });
  }
  if (certificateCode.test(code)) {
    return new SluiceError(
      'SLUICE_SINK_REFUSED',
      `No trusted TLS connection to ${nodes}: ${messageOf(cause)}`,
      {
        hint: 'Give the certificate authority as `ca`. `tls_verify: false` skips the check, for trials only.',
        cause,
      },
    );
  }
  return new SluiceError(
    'SLUICE_SINK_UNAVAILABLE',
    `OpenSearch at ${nodes} cannot be reached, to ${purpose}: ${messageOf(cause)}`,
    {
      hint: 'Is it running, is the `url` of the sink right, and does it speak http or https as the URL says?',
      cause,
    },
  );
}

function answerError(
  error: InstanceType<typeof errors.ResponseError>,
  purpose: string,
  nodes: string,
): SluiceError {
  const status = error.statusCode;
  const said = serverReason(error.body);
  const detail = said === null ? `HTTP ${status}` : `${said.type}: ${said.reason}`;
  if (said?.type !== 'cluster_block_exception') {
    if (status === 401) {
      return refused(`OpenSearch at ${nodes} does not accept the credentials (401)`, {
        hint: 'Check username and password, api_key or bearer_token of the sink.',
      });
    }
    if (status === 403) {
      return refused(`OpenSearch at ${nodes} does not let this user ${purpose}: ${detail}`, {
        hint: privilegeHint(detail),
      });
    }
    if (status === 404 && said?.type === 'index_not_found_exception') {
      return new SluiceError('SLUICE_SINK_INDEX_GONE', `OpenSearch could not ${purpose}: ${detail}`, {
        hint: 'Something other than Sluice removed the index. Sluice makes it again and fills it.',
      });
    }
    if (status !== 408 && status !== 429 && status < 500) {
      const hint = detail.includes("Can't update non dynamic settings")
        ? staticSettings
        : (missingPlugin(detail) ?? withPath(nodes));
      const where = withPath(nodes) === undefined ? 'OpenSearch' : `OpenSearch at ${nodes}`;
      return refused(`${where} could not ${purpose}: ${detail}`, { hint });
    }
  }
  return new SluiceError('SLUICE_SINK_UNAVAILABLE', `OpenSearch could not ${purpose}: ${detail}`);
}

/**
 * What OpenSearch said of one document in an answer that went well as a whole, as for `sinkError`. Where
 * it lacks the privilege it says so of each document.
 */
export function documentError(said: ServerReason | null, purpose: string): SluiceError {
  const detail = said === null ? 'without a reason' : `${said.type}: ${said.reason}`;
  if (said?.type === 'security_exception') {
    return notAllowed(purpose, detail);
  }
  const code = said?.type === 'index_not_found_exception' ? 'SLUICE_SINK_REFUSED' : 'SLUICE_SINK_UNAVAILABLE';
  return new SluiceError(code, `OpenSearch could not ${purpose}: ${detail}`);
}

/** Where OpenSearch says of a part of a request that this user may not. `purpose` as for `sinkError`. */
export function notAllowed(purpose: string, detail: string): SluiceError {
  return refused(`OpenSearch does not let this user ${purpose}: ${detail}`, { hint: privilegeHint(detail) });
}

/** Of the security plugin's "no permissions for [indices:admin/create] and User [name=…]". */
const missingPermissions = /no permissions for \[([^\]]*)\]/;

/** What to grant, where OpenSearch says what is missing. */
function privilegeHint(detail: string): string {
  const [, missing = ''] = missingPermissions.exec(detail) ?? [];
  const what = missing === '' ? 'what is missing' : `\`${missing}\``;
  return `Grant ${what} to a role of the sink's user. docs/sink-opensearch.md, Privileges, has the whole role.`;
}

function refused(message: string, details: { readonly hint?: string | undefined } = {}): SluiceError {
  return new SluiceError('SLUICE_SINK_REFUSED', message, details);
}

/** Only a proxy has OpenSearch under a path: a node takes it for a part of an index's name. */
function withPath(nodes: string): string | undefined {
  if (!nodes.includes('/')) return undefined;
  return 'The `url` of the sink has a path. Leave it out unless a proxy has OpenSearch under it.';
}

function missingPlugin(detail: string): string | undefined {
  if (/failed to find .*under name \[icu_|Unknown .*type \[icu_/.test(detail)) {
    return '`text_analysis: icu` needs the plugin analysis-icu on every node: `opensearch-plugin install analysis-icu`.';
  }
  return undefined;
}

/** The reason inside an answer's body; null where it is not OpenSearch's (a proxy's page, say). */
export function serverReason(body: unknown): ServerReason | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  const { error } = body;
  if (typeof error === 'string') return { type: 'error', reason: error };
  if (typeof error !== 'object' || error === null || !('type' in error)) return null;
  const reason = 'reason' in error ? String(error.reason) : '';
  const cause = 'caused_by' in error ? serverReason({ error: error.caused_by }) : null;
  return {
    type: String(error.type),
    reason: cause === null ? reason : `${reason}: ${cause.type}: ${cause.reason}`,
  };
}

function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0]);
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

/** A host with several addresses fails with an AggregateError, whose own message is empty. */
function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}
