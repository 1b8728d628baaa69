import type { Cluster } from '../cluster/cluster.ts';
import { createIndex, indexExists, type PhysicalIndex } from './physical-index.ts';

/** An index that the sink keeps for itself, beside those of documents. */
export interface OwnIndex {
  /** Makes it where it is missing: once per process, again after a failure or `forget`. */
  ensure(): Promise<void>;
  /** Somebody removed it: the next `ensure` looks again. */
  forget(): void;
  /** `ensure` was called and has not failed. Asks nobody. */
  readonly ensured: boolean;
}

export function ownIndex(cluster: Cluster, index: PhysicalIndex): OwnIndex {
  let made: Promise<void> | null = null;
  const make = async () => {
    if (!(await indexExists(cluster, index.name))) await createIndex(cluster, index);
  };
  return {
    ensure() {
      made ??= make().catch((error: unknown) => {
        made = null;
        throw error;
      });
      return made;
    },
    forget() {
      made = null;
    },
    get ensured() {
      return made !== null;
    },
  };
}
