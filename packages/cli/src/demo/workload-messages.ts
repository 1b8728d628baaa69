import type { PlannedChange } from './shop-changes.ts';

/** What the demo tells its workload process. */
export type WorkloadRequest =
  /** Choose a change, tell of it, and wait with it until `go`. */
  | { readonly kind: 'announce' }
  | { readonly kind: 'go' }
  /** Finish what is being done, and leave. */
  | { readonly kind: 'stop' };

/** What the workload process tells the demo. */
export type WorkloadReport =
  | { readonly kind: 'announced'; readonly change: PlannedChange }
  /** The announced change is committed since `at` (ms since the epoch). */
  | { readonly kind: 'committed'; readonly at: number }
  | { readonly kind: 'stopped'; readonly changes: number };
