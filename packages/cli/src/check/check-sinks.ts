import type { StoredRecord } from '@sluice/core';
import type { RunSink } from '@sluice/core/container';
import type { Deployment } from '../deployment.ts';

/** Whether a sink answers, and takes what a run would write. */
export interface SinkCheck {
  readonly name: string;
  readonly required: boolean;
  /** Whether it has anything that can be asked before a run. */
  readonly asked: boolean;
  /** null: it answers, or was not asked. */
  readonly failure: unknown;
  /** Why a run would refuse to write to it, though it answers. */
  readonly refusals: readonly unknown[];
  /** What it keeps beside the documents. */
  readonly records: readonly StoredRecord[];
}

/**
 * Asks every sink for what it keeps beside the documents, the least that a run needs of it, and what
 * the names of its indexes lead to. Changes nothing.
 */
export async function checkSinks({ config, sinks }: Deployment<'sinks'>): Promise<readonly SinkCheck[]> {
  return Promise.all(
    sinks.map(async (each) => {
      const { name, required, sink } = each;
      const asked = sink.records !== undefined || sink.generations !== undefined;
      try {
        const records = (await sink.records?.list()) ?? [];
        const indexes = config.indexes.filter((index) => index.enabled && index.sinks.includes(name));
        const taken = await Promise.all(indexes.map((index) => nameTaken(each, index.name)));
        return { name, required, asked, failure: null, refusals: taken.flat(), records };
      } catch (failure) {
        return { name, required, asked, failure, refusals: [], records: [] };
      }
    }),
  );
}

/** What is wrong with the name that users search; nothing where it is free or the sink has no such names. */
async function nameTaken({ sink }: RunSink, index: string): Promise<readonly unknown[]> {
  try {
    await sink.generations?.promoted(index);
    return [];
  } catch (error) {
    return [error];
  }
}
