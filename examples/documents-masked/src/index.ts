import type { Plugin } from '@sluice/core';
import postgres from '@sluice/plugin-documents-postgres';
import { z } from 'zod';
import { maskBody } from './mask-body.ts';
import { transformedDocuments } from './transformed-documents.ts';

const options = z.strictObject({
  /** By index: the fields to mask, as paths through the document (`customer.email`). */
  mask: z.record(z.string(), z.array(z.string().min(1)).min(1)),
  /** Makes the masks: the same value and secret give the same mask, so that it can still be searched for. */
  secret: z.string().min(16),
  /** The options of the document builder that this one wraps. */
  postgres: z.record(z.string(), z.unknown()).default({}),
});

const plugin: Plugin<'documents', z.output<typeof options>> = {
  api: 1,
  kind: 'documents',
  name: 'masked',
  summary: 'Documents from Postgres with some fields masked',
  options,
  async create(context, { mask, secret, postgres: given }) {
    const checked = await postgres.options['~standard'].validate(given);
    if (checked.issues !== undefined) {
      throw new Error(`postgres: ${checked.issues.map(({ message }) => message).join('; ')}`);
    }
    const builder = await postgres.create(context, checked.value);
    return transformedDocuments(builder, ({ schema }, body) => {
      const paths = mask[schema.index];
      return paths === undefined ? body : maskBody(body, paths, secret);
    });
  },
};

export default plugin;
