import { SluiceError } from '@sluice/core';
import { z } from 'zod';
import { type Cluster, path } from './cluster.ts';
import { readAnswer } from './read-answer.ts';

const rootAnswer = z.object({
  cluster_uuid: z.string().optional(),
  version: z.object({ number: z.string(), distribution: z.string().optional() }),
});

/** The oldest major version that Sluice is made for. */
const oldestMajor = 2;

async function askRoot(cluster: Cluster): Promise<z.output<typeof rootAnswer>> {
  const purpose = 'tell its version';
  return readAnswer(rootAnswer, await cluster.send({ method: 'GET', path: '/', purpose }), purpose);
}

/** The cluster's own id, the same at each of its addresses. */
export async function clusterId(cluster: Cluster): Promise<string> {
  const { cluster_uuid: id } = await askRoot(cluster);
  // What a node says that has not met its cluster yet: every such node says the same.
  if (id !== undefined && id !== '_na_') return id;
  throw new SluiceError('SLUICE_SINK_UNAVAILABLE', `${cluster.nodes} does not say which cluster it is`);
}

/** Throws `SLUICE_SINK_REFUSED` for a server that is not an OpenSearch of a version Sluice knows. */
export async function requireOpenSearch(cluster: Cluster): Promise<void> {
  const { version } = await askRoot(cluster);
  const major = Number.parseInt(version.number, 10);
  if (version.distribution === 'opensearch' && major >= oldestMajor) return;
  const found = version.distribution === 'opensearch' ? `OpenSearch ${version.number}` : 'not OpenSearch';
  throw new SluiceError('SLUICE_SINK_REFUSED', `What answers at ${cluster.nodes} is ${found}`, {
    hint: `Sluice writes to OpenSearch ${oldestMajor} and later. Compatibility mode hides the version: switch it off.`,
  });
}

const httpAnswer = z.object({
  nodes: z.record(
    z.string(),
    z.object({ http: z.object({ max_content_length_in_bytes: z.number() }).optional() }),
  ),
});

/** The value of `http.max_content_length` where nobody changed it. */
const defaultRequestLimit = 100 * 2 ** 20;

/** The largest body that every node takes, in bytes. Where the user may not ask, OpenSearch's default. */
export async function requestLimit(cluster: Cluster): Promise<number> {
  const purpose = 'tell its limits';
  const answer = await cluster.send({
    method: 'GET',
    path: path('_nodes', 'http'),
    query: { filter_path: 'nodes.*.http.max_content_length_in_bytes' },
    purpose,
    expect: [400, 403, 404],
  });
  if (answer.status >= 400) return defaultRequestLimit;
  const limits = Object.values(readAnswer(httpAnswer, answer, purpose).nodes).flatMap(({ http }) =>
    http === undefined ? [] : [http.max_content_length_in_bytes],
  );
  return limits.length === 0 ? defaultRequestLimit : Math.min(...limits);
}
