import type { Deployment } from '../deployment.ts';

/** Whether a sink answers. */
export interface SinkCheck {
  readonly name: string;
  readonly required: boolean;
  /** null: it answers, or has nothing that could be asked. */
  readonly failure: unknown;
}

/** Asks every sink for what it keeps beside the documents: the least that a run needs of it. */
export async function checkSinks({ sinks }: Deployment<'sinks'>): Promise<readonly SinkCheck[]> {
  return Promise.all(
    sinks.map(async ({ name, required, sink }) => {
      try {
        await sink.records?.list();
        return { name, required, failure: null };
      } catch (failure) {
        return { name, required, failure };
      }
    }),
  );
}
