import { randomBytes } from 'node:crypto';
import { Client, errors } from '@opensearch-project/opensearch';
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
  const deleteAll = async () => {
    await client.indices.delete({
      index: [`${prefix}*`, `.${prefix}*`],
      expand_wildcards: 'all',
      ignore_unavailable: true,
    });
  };
  const drop = async () => {
    await deleteAll().catch(async (error: unknown) => {
      // What a process asked for before it was killed may still be removed while the pattern is looked up.
      if (!(error instanceof errors.ResponseError) || error.statusCode !== 404) throw error;
      await deleteAll();
    });
    await client.close();
  };
  return { url, prefix, client, drop, [Symbol.asyncDispose]: drop };
}
