import {
  type JsonObject,
  type JsonValue,
  type RecordStore,
  SluiceError,
  type StoredRecord,
} from '@sluice/core';
import { z } from 'zod';
import { type Cluster, type ClusterAnswer, path } from './cluster/cluster.ts';
import { documentError, serverReason } from './cluster/failure.ts';
import { readAnswer } from './cluster/read-answer.ts';
import { recordsIndex, writeAlias } from './indexes/names.ts';
import { ownIndex } from './indexes/own-index.ts';
import { indexExists } from './indexes/physical-index.ts';
import { scroll } from './scroll.ts';

/** JSON already, since it was parsed from it. */
const jsonValue = z.custom<JsonValue>((value) => value !== undefined);

const hit = z.object({
  _id: z.string(),
  _seq_no: z.int(),
  _primary_term: z.int(),
  _source: z.object({ value: jsonValue }),
});
/** Of a document that is not there, only that; of one that this user may not read, why. */
const asked = z.object({
  docs: z.array(
    z.union([
      hit.extend({ found: z.literal(true) }),
      z.object({ found: z.literal(false) }),
      z.object({ error: z.unknown() }),
    ]),
  ),
});
const written = z.object({ _seq_no: z.int(), _primary_term: z.int() });

/** One shard, a copy where there is a second node, out of sight of `*`; what a record holds is not indexed. */
const settings = {
  'index.number_of_shards': 1,
  'index.auto_expand_replicas': '0-1',
  'index.hidden': true,
};
const mappings: JsonObject = {
  dynamic: 'strict',
  properties: { value: { type: 'object', enabled: false } },
};

/** Records as documents of `{prefix}.sluice`, guarded by sequence number and primary term. */
export function createRecordStore(cluster: Cluster, prefix: string): RecordStore {
  const name = recordsIndex(prefix);
  const index = ownIndex(cluster, { name, settings, mappings });

  /** Somebody may remove the index while Sluice runs: OpenSearch then takes the write alias for a bad name. */
  async function unlessGone<T>(write: () => Promise<T>): Promise<T> {
    await index.ensure();
    try {
      return await write();
    } catch (error) {
      if (await indexExists(cluster, name)) throw error;
      index.forget();
      throw new SluiceError('SLUICE_SINK_INDEX_GONE', `The index ${name}, which holds the records, is gone`, {
        hint: 'Something other than Sluice removed it. Sluice makes it again, and fills every index anew beside the one that is searched.',
        cause: error,
      });
    }
  }

  return {
    async list() {
      if (!(await indexExists(cluster, name))) return [];
      const records: StoredRecord[] = [];
      const wanted = { pageSize: 500, source: true, version: false, sequence: true };
      for await (const hits of scroll(cluster, name, hit, wanted)) {
        for (const { _id, _seq_no, _primary_term, _source } of hits) {
          records.push({ id: _id, value: _source.value, revision: revision(_seq_no, _primary_term) });
        }
      }
      return records;
    },

    async read(ids) {
      if (ids.length === 0) return [];
      const purpose = `read ${ids.length === 1 ? `the record ${ids[0]}` : `${ids.length} records`}`;
      const answer = await cluster.send({
        method: 'POST',
        path: path(name, '_mget'),
        body: { ids: [...ids] },
        purpose,
        expect: [404],
      });
      // There is no index of records yet, or somebody removed it: said of the whole, or of each document.
      if (answer.status === 404) return [];
      return readAnswer(asked, answer, purpose).docs.flatMap((document) => {
        if ('error' in document) {
          const reason = serverReason(document);
          if (reason?.type === 'index_not_found_exception') return [];
          throw documentError(reason, purpose);
        }
        if (!document.found) return [];
        const { _id, _seq_no, _primary_term, _source } = document;
        return [{ id: _id, value: _source.value, revision: revision(_seq_no, _primary_term) }];
      });
    },

    async put(id, value, expected) {
      const purpose = `store record ${id}`;
      const answer = await unlessGone(() =>
        cluster.send({
          method: 'PUT',
          path: path(writeAlias(name), expected === null ? '_create' : '_doc', id),
          ...(expected !== null && { query: ifUnchanged(expected) }),
          body: { value },
          purpose,
          expect: [409],
        }),
      );
      return answer.status === 409 ? null : writtenRevision(answer, purpose);
    },

    async remove(id, expected) {
      const answer = await unlessGone(() =>
        cluster.send({
          method: 'DELETE',
          path: path(writeAlias(name), '_doc', id),
          query: ifUnchanged(expected),
          purpose: `remove record ${id}`,
          expect: [404, 409],
        }),
      );
      return answer.status === 200;
    },
  };
}

function revision(sequence: number, term: number): string {
  return `${sequence}:${term}`;
}

function ifUnchanged(expected: string): { readonly if_seq_no: string; readonly if_primary_term: string } {
  const [sequence = '', term = ''] = expected.split(':');
  return { if_seq_no: sequence, if_primary_term: term };
}

function writtenRevision(answer: ClusterAnswer, purpose: string): string {
  const { _seq_no, _primary_term } = readAnswer(written, answer, purpose);
  return revision(_seq_no, _primary_term);
}
