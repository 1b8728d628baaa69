import type { Plugin } from '@sluice/core';
import { z } from 'zod';
import { PollingCapture } from './polling-capture.ts';

const options = z.strictObject({
  /** The column that the database sets to `now()` whenever a row is written. */
  column: z.string().min(1).default('updated_at'),
  /** Between two looks, in ms. */
  interval: z.int().min(10).default(1000),
  /**
   * How old a change must be before it is reported, in ms: more than the longest transaction that
   * writes takes. What commits later than that is never seen.
   */
  settle: z.int().min(0).default(5000),
  /** Tables (`schema.table`) whose deletes, truncates and moves may go unnoticed; `all`: whatever is indexed. */
  accept_loss: z.union([z.literal('all'), z.array(z.string())]).default([]),
  /** Rows in one batch, at most. */
  page: z.int().min(1).max(100_000).default(5000),
  /** The table, made in the search path, that remembers how far the capture has come. */
  state: z.string().min(1).default('sluice_polling'),
});

export type PollingOptions = z.output<typeof options>;

const plugin: Plugin<'capture', PollingOptions> = {
  api: 1,
  kind: 'capture',
  name: 'polling',
  summary: 'Finds changed rows by the time of their last change',
  options,
  create: (context, given) => new PollingCapture(context, given),
};

export default plugin;
