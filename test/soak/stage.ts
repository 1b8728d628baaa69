import type { OpenSearchServer, PostgresServer } from '@sluice/servers';
import type { Mechanism } from '../e2e/harness/captures.ts';
import type { Deployment } from '../e2e/harness/deployment.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import type { Fleet } from './fleet.ts';
import type { Front } from './front.ts';
import type { Timeline } from './timeline.ts';
import type { Writers } from './workload/writers.ts';
import type { World } from './world/world.ts';

/** Everything that a fault can get hold of. */
export interface Stage {
  readonly capture: Mechanism;
  readonly world: World;
  readonly site: Deployment;
  readonly postgres: PostgresServer;
  readonly opensearch: OpenSearchServer;
  /** All that Sluice says to Postgres goes through it. */
  readonly toPostgres: TcpProxy;
  /** All that Sluice says to OpenSearch goes through it, and then through the front. */
  readonly toOpenSearch: TcpProxy;
  readonly front: Front;
  readonly fleet: Fleet;
  readonly writers: Writers;
  readonly timeline: Timeline;
  /** Told when OpenSearch lost what it had not made durable, though somebody may have seen it. */
  readonly forgetWhatWasSeen: () => void;
  /** Something is wrong: the round has failed. */
  readonly found: (problem: string) => void;
  /** Lasts so long, or until the round ends. */
  readonly while: (ms: number) => Promise<void>;
  /** Over when the round ends. */
  readonly ended: AbortSignal;
}
