import { createRequire } from 'node:module';
import type * as client from '@opensearch-project/opensearch';

// The client's main file loads a module for each call of OpenSearch's API, hundreds of them: 0.2 s at each
// start for calls that Sluice makes by path. Its parts are exported one by one too, without types that hold
// for a module of this kind.
const require = createRequire(import.meta.url);
const part = (file: string) => require(`@opensearch-project/opensearch/lib/${file}`);

export const Connection: typeof client.Connection = part('Connection.js');
export const ConnectionPool: typeof client.ConnectionPool = part('pool/index.js').ConnectionPool;
export const Serializer: typeof client.Serializer = part('Serializer.js');
export const Transport: typeof client.Transport = part('Transport.js');
export const errors: typeof client.errors = part('errors.js');
