import { SluiceError } from '@sluice/core';
import { z } from 'zod';
import type { ClusterAnswer } from './cluster.ts';
import { UnparsedAnswer } from './response-text.ts';

/** The answer's body in the shape that OpenSearch documents; anything else did not come from it. */
export function readAnswer<Shape extends z.ZodType>(
  shape: Shape,
  answer: ClusterAnswer,
  purpose: string,
): z.output<Shape> {
  const { body } = answer;
  const read = shape.safeParse(body instanceof UnparsedAnswer ? body.parsed() : body);
  if (read.success) return read.data;
  throw new SluiceError(
    'SLUICE_SINK_UNAVAILABLE',
    `The answer (HTTP ${answer.status}) to a request to ${purpose} did not come from OpenSearch`,
    { hint: 'Is there a proxy or another service at that address?', cause: read.error },
  );
}

/** A search or refresh that some shards did not answer must not pass for a complete one. */
export const shardCounts = z.object({ failed: z.int(), total: z.int(), successful: z.int() });

export function requireAllShards(shards: z.output<typeof shardCounts>, purpose: string): void {
  if (shards.failed === 0) return;
  const { failed, total } = shards;
  throw new SluiceError(
    'SLUICE_SINK_UNAVAILABLE',
    `OpenSearch could not ${purpose}: ${failed} of ${total} shards did not answer`,
  );
}
