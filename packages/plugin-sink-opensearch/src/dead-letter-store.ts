import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DeadLetter,
  type DeadLetterStore,
  type DocumentReference,
  type Generation,
  type JsonObject,
  type NewDeadLetter,
  SluiceError,
} from '@sluice/core';
import { z } from 'zod';
import { readBulkAnswer } from './bulk/bulk-answer.ts';
import { type BulkItem, classifyItem } from './bulk/classify-item.ts';
import { type Cluster, path } from './cluster/cluster.ts';
import { documentError, notAllowed, type ServerReason, serverReason } from './cluster/failure.ts';
import { readAnswer } from './cluster/read-answer.ts';
import { deadLettersIndex, generationName, writeAlias } from './indexes/names.ts';
import { ownIndex } from './indexes/own-index.ts';
import { indexExists } from './indexes/physical-index.ts';
import { scroll } from './scroll.ts';

/** Letters in one request. */
const atOnce = 500;
/** OpenSearch knows of a removal for a moment, in ms: its clock moves in steps of 200. */
const forgottenAfter = 250;
const mostAttempts = 40;
/** Characters of a reason that are kept. OpenSearch likes to quote the whole value in it. */
const longestReason = 2_000;

/**
 * One shard, a copy where there is a second node, out of sight of `*`. What was removed is soon
 * forgotten: a letter that comes later is one, whatever its version.
 */
const settings = {
  'index.number_of_shards': 1,
  'index.auto_expand_replicas': '0-1',
  'index.hidden': true,
  'index.gc_deletes': '0s',
};

/** Found by its text unless that is too long for a term. */
const searchable = { type: 'keyword', ignore_above: 512 };
const shown = { type: 'keyword', index: false, doc_values: false };
const mappings: JsonObject = {
  dynamic: 'strict',
  properties: {
    generation: { type: 'keyword' },
    index: { type: 'keyword' },
    key: shown,
    id: searchable,
    routing: searchable,
    version: { type: 'long' },
    cause: { type: 'keyword' },
    reason: shown,
    first_at: { type: 'date' },
    last_at: { type: 'date' },
    count: { type: 'integer' },
  },
};

/** A letter as it is kept; the version as text, since it passes 2^53. */
const source = z.object({
  key: z.array(z.string()),
  id: z.string(),
  routing: z.string().nullable(),
  version: z.string().transform(BigInt),
  cause: z.enum(['rejected', 'unbuildable']),
  reason: z.string(),
  first_at: z.iso.datetime(),
  last_at: z.iso.datetime(),
  count: z.int(),
});
const hit = z.object({ _source: source });
const found = z.object({
  docs: z.array(
    z.object({ found: z.boolean().optional(), _source: source.optional(), error: z.unknown().optional() }),
  ),
});

/**
 * Dead letters as documents of `{prefix}.sluice_dead_letters`. Their `_id` is made of generation and
 * place, and their version is that of the document: so OpenSearch itself leaves a newer one alone.
 */
export function createDeadLetterStore(cluster: Cluster, prefix: string): DeadLetterStore {
  const name = deadLettersIndex(prefix);
  const index = ownIndex(cluster, { name, settings, mappings });

  async function bulk(lines: readonly string[], count: number): Promise<readonly BulkItem[]> {
    const purpose = 'store dead letters';
    const { body } = await cluster.send({
      method: 'POST',
      path: path(writeAlias(name), '_bulk'),
      query: { filter_path: 'items.*.status,items.*.error' },
      ndjson: Buffer.from(lines.map((line) => `${line}\n`).join('')),
      purpose,
    });
    const answer = readBulkAnswer({ errors: true, ...(typeof body === 'object' ? body : {}) }, count);
    if (answer?.kind !== 'items') throw unavailable('What answers is not OpenSearch');
    for (const item of answer.items) {
      const outcome = classifyItem(item);
      // Whoever removed the index while we ran finds that it is made again.
      if (outcome.kind === 'no-index') index.forget();
      if (outcome.kind === 'accepted' || outcome.kind === 'conflict') continue;
      if (outcome.kind === 'no-privilege') throw notAllowed(purpose, outcome.reason);
      throw unavailable(`OpenSearch could not ${purpose}: ${outcome.reason}`);
    }
    return answer.items;
  }

  /** Somebody removed the index while we ran: it is made again by the next try. */
  function gone(said: ServerReason | null, purpose: string): SluiceError {
    index.forget();
    return unavailable(`OpenSearch could not ${purpose}: ${said?.reason ?? 'not found'}`);
  }

  async function held(
    generation: Generation,
    places: readonly DocumentReference[],
  ): Promise<ReadonlyMap<string, DeadLetter>> {
    const ids = places.map((place) => letterId(generation, place));
    const purpose = 'read dead letters';
    const answer = await cluster.send({
      method: 'POST',
      path: path(name, '_mget'),
      body: { ids },
      purpose,
      expect: [404],
    });
    if (answer.status === 404) throw gone(serverReason(answer.body), purpose);
    const { docs } = readAnswer(found, answer, purpose);
    if (docs.length !== ids.length) throw unavailable('What answers is not OpenSearch');
    // What this user may not read is not what is not there.
    const denied = docs.find(({ error }) => error !== undefined);
    if (denied !== undefined) {
      const said = serverReason({ error: denied.error });
      throw said?.type === 'index_not_found_exception' ? gone(said, purpose) : documentError(said, purpose);
    }
    return new Map(
      docs.flatMap(({ _source }, at) => (_source === undefined ? [] : [[ids[at] ?? '', letterOf(_source)]])),
    );
  }

  /** How many places had no letter before. */
  async function putPart(generation: Generation, letters: readonly NewDeadLetter[]): Promise<number> {
    let added = 0;
    let waiting = letters;
    for (let attempt = 1; ; attempt += 1) {
      const former = await held(generation, waiting);
      // A newer letter stays as it is.
      const due = waiting.filter(
        (letter) => (former.get(letterId(generation, letter))?.version ?? 0n) <= letter.version,
      );
      if (due.length === 0) return added;
      const lines = due.flatMap((letter) => {
        const id = letterId(generation, letter);
        const action = { index: { _id: id, version_type: 'external_gte' } };
        return [
          withVersion(action, letter.version),
          JSON.stringify(stored(generation, letter, former.get(id))),
        ];
      });
      const items = await bulk(lines, due.length);
      added += items.filter(({ status }) => status === 201).length;
      waiting = due.filter((_letter, n) => items[n]?.status === 409);
      if (waiting.length === 0) return added;
      // Another one came first, or OpenSearch still knows of a removal.
      if (attempt === mostAttempts) throw unavailable('Dead letters met with conflicts again and again');
      await delay(forgottenAfter);
    }
  }

  return {
    async put(generation, letters) {
      await index.ensure();
      let added = 0;
      for (const part of parts(letters)) added += await putPart(generation, part);
      return added;
    },

    async remove(generation, upTo) {
      if (!index.ensured && !(await indexExists(cluster, name))) return 0;
      let removed = 0;
      for (const part of parts(upTo)) {
        const lines = part.map((removal) => {
          const action = { delete: { _id: letterId(generation, removal), version_type: 'external_gte' } };
          return withVersion(action, removal.version);
        });
        const items = await bulk(lines, part.length);
        removed += items.filter(({ status }) => status === 200).length;
      }
      return removed;
    },

    async get(generation, places) {
      if (!index.ensured && !(await indexExists(cluster, name))) return [];
      const letters: DeadLetter[] = [];
      for (const part of parts(places)) letters.push(...(await held(generation, part)).values());
      return letters;
    },

    async *list(generation, pageSize): AsyncGenerator<readonly DeadLetter[]> {
      if (!(await indexExists(cluster, name))) return;
      const query = { term: { generation: generationName(generation) } };
      const wanted = { pageSize, source: true, version: false, sequence: false, query };
      for await (const hits of scroll(cluster, name, hit, wanted)) {
        yield hits.map(({ _source }) => letterOf(_source));
      }
    },
  };
}

/** Of bounded length, whatever the id and the routing are. */
function letterId(generation: Generation, { id, routing }: DocumentReference): string {
  const place = JSON.stringify([generationName(generation), id, routing]);
  return createHash('sha256').update(place).digest('base64url');
}

/** A number of JSON with all its digits. */
function withVersion(action: JsonObject, version: bigint): string {
  return JSON.stringify(action).replace(/\}\}$/, `,"version":${version}}}`);
}

function stored(
  generation: Generation,
  { key, id, routing, version, cause, reason, at }: NewDeadLetter,
  former: DeadLetter | undefined,
): JsonObject {
  return {
    generation: generationName(generation),
    index: generation.index,
    key: [...key],
    id,
    routing,
    version: version.toString(),
    cause,
    reason: reason.length > longestReason ? `${reason.slice(0, longestReason)}…` : reason,
    first_at: new Date(former?.firstAt ?? at).toISOString(),
    last_at: new Date(at).toISOString(),
    count: (former?.count ?? 0) + 1,
  };
}

function letterOf({ first_at, last_at, ...rest }: z.output<typeof source>): DeadLetter {
  return { ...rest, firstAt: Date.parse(first_at), lastAt: Date.parse(last_at) };
}

function parts<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / atOnce);
  return Array.from({ length: count }, (_unused, n) => items.slice(n * atOnce, (n + 1) * atOnce));
}

function unavailable(message: string): SluiceError {
  return new SluiceError('SLUICE_SINK_UNAVAILABLE', message);
}
