import { randomBytes } from 'node:crypto';
import { Client } from '@opensearch-project/opensearch';
import { inject } from 'vitest';
import './provided.ts';

/** A corner of the shared OpenSearch that belongs to one test file. */
export interface TestSearch extends AsyncDisposable {
  readonly url: string;
  /** Begins the name of every index and alias that the file makes. */
  readonly prefix: string;
  readonly client: Client;
  /** Removes what the prefix covers, hidden indexes too, and closes the client. */
  drop(): Promise<void>;
}

export function createSearch(
  url: string = inject('opensearchUrl'),
  prefix = `test-${randomBytes(6).toString('hex')}-`,
): TestSearch {
  const client = new Client({ node: url });
  const drop = async () => {
    await client.indices.delete({
      index: [`${prefix}*`, `.${prefix}*`],
      expand_wildcards: 'all',
      ignore_unavailable: true,
    });
    await client.close();
  };
  return { url, prefix, client, drop, [Symbol.asyncDispose]: drop };
}
