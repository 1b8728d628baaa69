import type { IndexFixture } from '../../e2e/harness/fixture.ts';
import type { Stage } from '../stage.ts';
import type { FaultKind } from './fault.ts';

/** Changed configurations; they take effect with a restart. */
export const configurationFaults: readonly FaultKind[] = [
  {
    name: 'schema changed',
    weight: 5,
    uses: ['process'],
    decide: (random) => {
      const which = random.below(1_000);
      const how = random.pick(['SIGTERM', 'SIGKILL'] as const);
      return {
        what: `schema ${which}, ${how}`,
        lastsMs: 2_000,
        act: async (stage) => {
          const names = Object.keys(stage.world.changed);
          const name = names[which % names.length] ?? '';
          const { [name]: first } = stage.world.indexes;
          const { [name]: other } = stage.world.changed;
          const next = stage.site.indexes[name] === other ? first : other;
          if (next === undefined) throw new Error(`There is no index ${name}.`);
          await restartWith(stage, how, { ...stage.site.indexes, [name]: next });
        },
      };
    },
  },
  {
    name: 'index absent for a while',
    weight: 2,
    uses: ['process'],
    decide: (random) => {
      const which = random.below(1_000);
      const how = random.pick(['SIGTERM', 'SIGKILL'] as const);
      const ms = random.between(500, 5_000);
      return {
        what: `index ${which} for ${ms} ms, ${how}`,
        lastsMs: ms + 2_000,
        act: async (stage) => {
          const { indexes } = stage.site;
          const names = Object.keys(indexes);
          const absent = names[which % names.length];
          const others = Object.entries(indexes).filter(([name]) => name !== absent);
          try {
            await restartWith(stage, how, Object.fromEntries(others));
            await stage.while(ms);
          } finally {
            await restartWith(stage, how, indexes);
          }
        },
      };
    },
  },
];

async function restartWith(
  { fleet, site }: Stage,
  how: 'SIGTERM' | 'SIGKILL',
  indexes: Readonly<Record<string, IndexFixture>>,
): Promise<void> {
  await fleet.takeOver(async () => {
    try {
      if (how === 'SIGKILL') await fleet.killAll();
      else for (const process of fleet.running) await fleet.stop(process);
    } finally {
      await site.reconfigure({ indexes });
      fleet.start();
    }
  });
}
