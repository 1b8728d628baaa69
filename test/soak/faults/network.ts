import type { TcpProxy, Which } from '../../support/tcp-proxy.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';
import type { Fault, FaultKind, Resource } from './fault.ts';

type Way = (stage: Stage) => TcpProxy;

const ways = [
  { to: 'Postgres', uses: 'way to postgres', way: ({ toPostgres }: Stage) => toPostgres },
  { to: 'OpenSearch', uses: 'way to opensearch', way: ({ toOpenSearch }: Stage) => toOpenSearch },
] as const satisfies readonly { to: string; uses: Resource; way: Way }[];

/** Which connections to Postgres; the start-up message says what each is for. */
const connections: Readonly<Record<string, Which>> = {
  all: () => true,
  replication: (opening) => opening.includes('replication'),
  capture: (opening) => opening.includes('sluice capture'),
  wake: (opening) => opening.includes('sluice wake'),
  documents: (opening) => opening.includes('sluice documents'),
};

/** Cuts, delays, half-open and forgotten connections on either way. */
export const networkFaults: readonly FaultKind[] = ways.flatMap(({ to, uses, way }) => {
  const which = (random: Random) => (to === 'Postgres' ? random.pick(Object.keys(connections)) : 'all');
  const kind = (name: string, weight: number, decide: (random: Random) => Fault): FaultKind => ({
    name: `${name} (${to})`,
    weight,
    uses: [uses],
    decide,
  });
  const lasting = (
    what: string,
    ms: number,
    begin: (proxy: TcpProxy) => unknown,
    end: (proxy: TcpProxy) => unknown,
  ): Fault => ({
    what: `${what} for ${ms} ms`,
    lastsMs: ms,
    act: async (stage) => {
      const proxy = way(stage);
      try {
        await begin(proxy);
        await stage.while(ms);
      } finally {
        await end(proxy);
      }
    },
  });
  return [
    kind('reset', 6, (random) => {
      const picked = which(random);
      const times = random.between(1, 4);
      return {
        what: `${times} resets of ${picked}`,
        lastsMs: times * 100,
        act: async (stage) => {
          for (let n = 0; n < times; n += 1) {
            way(stage).cut(connections[picked]);
            await stage.while(100);
          }
        },
      };
    }),
    kind('half-open', 3, (random) => {
      const picked = which(random);
      return {
        what: `the server is not told that ${picked} ended`,
        lastsMs: 0,
        act: async (stage) => way(stage).halfOpen(connections[picked]),
      };
    }),
    kind('forgotten', 2, (random) => {
      const picked = which(random);
      return {
        what: `${picked} open connections carry nothing any more`,
        lastsMs: 0,
        act: async (stage) => way(stage).forget(connections[picked]),
      };
    }),
    kind('refused', 3, (random) =>
      lasting(
        'refuses connections',
        random.between(300, 4_000),
        async (proxy) => {
          await proxy.set('refuse');
          proxy.cut();
        },
        (proxy) => proxy.set('forward'),
      ),
    ),
    kind('blackhole', 4, (random) =>
      lasting(
        'swallows everything, and gives it up later',
        random.chance(20) ? random.between(8_000, 20_000) : random.between(200, 4_000),
        (proxy) => proxy.set('blackhole'),
        (proxy) => proxy.set('forward'),
      ),
    ),
    kind('delay', 4, (random) => {
      const delayMs = random.between(5, 150);
      return lasting(
        `delays by ${delayMs} ms`,
        random.between(500, 5_000),
        (proxy) => proxy.delay(delayMs),
        (proxy) => proxy.delay(0),
      );
    }),
  ];
});
