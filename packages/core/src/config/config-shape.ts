import { z } from 'zod';
import { connectionShape } from './connection-shape.ts';
import { byteSize, duration } from './units.ts';

/** A plugin by name, or with options beside the name. */
const pluginReference = z.union([z.string().min(1), z.looseObject({ plugin: z.string().min(1) })]);

const sink = z.looseObject({ plugin: z.string().min(1), required: z.boolean().optional() });

const index = z.strictObject({
  schema: z.string().min(1),
  sinks: z.array(z.string()).min(1).optional(),
  on_reject: z.enum(['stop', 'skip', 'dead_letter'], { error: 'must be `stop` or `skip`' }).optional(),
  hold_limit: z.strictObject({ bytes: byteSize().optional(), age: duration().optional() }).optional(),
  enabled: z.boolean().optional(),
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
  }),
  sinks: z.record(z.string(), sink).optional(),
  indexes: z.record(z.string(), index),
  prefix: z.string().optional(),
  queue: pluginReference.optional(),
  server: z.strictObject({ public: z.string().optional(), private: z.string().optional() }).optional(),
});

export type ConfigInput = z.infer<typeof configShape>;
