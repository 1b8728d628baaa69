import type { Mechanism } from '../../e2e/harness/captures.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';

/** What a fault keeps others away from as long as it lasts. */
export type Resource =
  | 'process'
  | 'postgres'
  | 'way to postgres'
  | 'opensearch'
  | 'way to opensearch'
  | 'answers'
  | 'commits'
  | 'source'
  | 'requests';

/** A fault with everything about it decided. */
export interface Fault {
  /** What is done, for people. */
  readonly what: string;
  /** How long it takes at least. */
  readonly lastsMs: number;
  /**
   * Does it and undoes it, whatever happens meanwhile.
   *
   * @throws Error where it could not be done
   */
  readonly act: (stage: Stage) => Promise<void>;
}

export interface FaultKind {
  readonly name: string;
  readonly weight: number;
  readonly uses: readonly Resource[];
  /** Only with this capture; default: both. */
  readonly capture?: Mechanism;
  /** A pure function of the choices. */
  readonly decide: (random: Random) => Fault;
}
