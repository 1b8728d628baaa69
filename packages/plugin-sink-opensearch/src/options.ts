import { byteSize, duration } from '@sluice/core/config';
import { z } from 'zod';

/** Ten seconds, the longest that a bulk may wait in OpenSearch: a body in flight for long may undo a newer one. */
const maxTimeout = 10_000;

const nodeUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });
const json = z.json();

function defaultOf<T>(value: T) {
  return () => value;
}

/** What `sinks.<name>` takes with `plugin: opensearch`. */
export const opensearchOptions = z
  .strictObject({
    /** One node, or several of the same cluster. Credentials in it are percent-decoded. */
    url: z
      .union([nodeUrl, z.array(nodeUrl).min(1)])
      .transform((url) => (typeof url === 'string' ? [url] : url)),
    username: z.string().optional(),
    password: z.string().optional(),
    api_key: z.string().optional(),
    bearer_token: z.string().optional(),
    /** PEM files. */
    ca: z.string().optional(),
    client_cert: z.string().optional(),
    client_key: z.string().optional(),
    tls_verify: z.boolean().default(true),
    gzip: z.boolean().default(false),
    /** Documents in one bulk, at most. */
    batch_size: z.int().min(1).max(100_000).default(1000),
    /** Bytes in one bulk, at most; a larger document goes alone. */
    batch_bytes: byteSize().default(5 * 2 ** 20),
    /** Bulks in flight, at most. */
    concurrency: z.int().min(1).max(64).default(2),
    /** How long OpenSearch may wait for a shard before it answers a bulk. */
    timeout: duration()
      .refine((ms) => ms >= 1 && ms <= maxTimeout, { error: 'must be between `1ms` and `10s`' })
      .default(maxTimeout),
    /** An ingest pipeline that every document passes. */
    pipeline: z.string().min(1).optional(),
    number_of_shards: z.int().min(1).max(1024).optional(),
    number_of_replicas: z.int().min(0).max(100).optional(),
    /** As OpenSearch writes it: `1s`, `30s`, `-1`. */
    refresh_interval: z.string().min(1).optional(),
    /** Index settings, nested or dotted, with or without `index.`. */
    settings: z.record(z.string(), json).default(defaultOf({})),
    text_analysis: z.enum(['builtin', 'icu']).default('builtin'),
    /** Adds exact, sortable and searchable subfields to text, identifier and keyword fields. */
    auto_subfields: z.boolean().default(true),
    aws: z
      .never({
        error: 'signing requests for AWS (SigV4) is not supported yet; use basic auth or a proxy that signs',
      })
      .optional(),
  })
  .superRefine((options, context) => {
    const ways = [options.username ?? options.password, options.api_key, options.bearer_token];
    if (ways.filter((way) => way !== undefined).length > 1) {
      context.addIssue({
        code: 'custom',
        message: 'takes one of username and password, api_key, bearer_token',
        path: [options.api_key === undefined ? 'bearer_token' : 'api_key'],
      });
    }
    requireBoth(context, options, 'username', 'password');
    requireBoth(context, options, 'client_cert', 'client_key');
  });

export type OpensearchOptions = z.output<typeof opensearchOptions>;

function requireBoth<Key extends string>(
  context: z.RefinementCtx,
  options: Readonly<Partial<Record<Key, string | undefined>>>,
  one: Key,
  other: Key,
): void {
  if ((options[one] === undefined) === (options[other] === undefined)) return;
  const [given, missing] = options[one] === undefined ? [other, one] : [one, other];
  context.addIssue({ code: 'custom', message: `needs ${missing} beside it`, path: [given] });
}
