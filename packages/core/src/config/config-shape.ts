import { z } from 'zod';
import { parseAddress } from './address.ts';
import { connectionShape } from './connection-shape.ts';
import { byteSize, duration } from './units.ts';

/** A token that can be guessed is none; one that is no header's value cannot be sent. */
const tokenForm = /^[\x21-\x7e]{16,}$/;

const address = z
  .string()
  .refine((text) => parseAddress(text) !== null, 'must be host:port, such as `127.0.0.1:9464`');

/** A plugin by name, or with options beside the name. */
const pluginReference = z.union([z.string().min(1), z.looseObject({ plugin: z.string().min(1) })]);

const sink = z.looseObject({ plugin: z.string().min(1), required: z.boolean().optional() });

const index = z.strictObject({
  schema: z.string().min(1),
  sinks: z.array(z.string()).min(1).optional(),
  on_reject: z
    .enum(['stop', 'skip', 'dead_letter'], { error: 'must be `stop`, `dead_letter` or `skip`' })
    .optional(),
  hold_limit: z.strictObject({ bytes: byteSize().optional(), age: duration().optional() }).optional(),
  keep_former: z.boolean().optional(),
  enabled: z.boolean().optional(),
});

const limits = z.strictObject({
  warn_bytes: byteSize().optional(),
  warn_age: duration().optional(),
  max_bytes: byteSize().optional(),
  max_age: duration().optional(),
  release_after: duration().optional(),
  at_limit: z.enum(['keep', 'release'], { error: 'must be `keep` or `release`' }).optional(),
});

const server = z.strictObject({
  public: z.union([address, z.literal(false)]).optional(),
  private: address.optional(),
  token: z
    .string()
    .refine((text) => tokenForm.test(text), 'must be 16 or more ASCII characters without blanks')
    .optional(),
  hosts: z.array(z.string().min(1)).optional(),
});

/**
 * The form of `sluice.yaml`, references to the environment resolved. What spans several keys is in
 * `config-rules.ts`; the schema files are read apart.
 */
export const configShape = z.strictObject({
  source: z.strictObject({
    connection: connectionShape,
    capture: pluginReference.optional(),
    documents: pluginReference.optional(),
    limits: limits.optional(),
  }),
  sinks: z.record(z.string(), sink).optional(),
  indexes: z.record(z.string(), index),
  prefix: z.string().optional(),
  queue: pluginReference.optional(),
  server: server.optional(),
});

export type ConfigInput = z.infer<typeof configShape>;
