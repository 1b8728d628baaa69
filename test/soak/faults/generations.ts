import type { Random } from '../random.ts';
import { ask } from './ask.ts';
import type { FaultKind } from './fault.ts';

/** Generations that are asked for, kept and gone back to while everything else goes on. */
export const generationFaults: readonly FaultKind[] = [
  {
    name: 'reindex',
    weight: 6,
    uses: ['requests'],
    decide: (random) => {
      const which = random.below(1_000);
      const flags = random.pick([[], ['--keep']]);
      return {
        what: `index ${which} ${flags.join()}`,
        lastsMs: 3_000,
        act: async (stage) => {
          const names = Object.keys(stage.world.indexes);
          await ask(stage, 'reindex', names[which % names.length] ?? '', ...flags, '--no-wait');
        },
      };
    },
  },
  {
    name: 'rollback',
    weight: 4,
    uses: ['requests'],
    decide: (random) => {
      const which = random.below(1_000);
      const keep = random.chance(70);
      return {
        what: `index ${which}, ${keep ? 'after a reindex that keeps the former generation' : 'whatever there is'}`,
        lastsMs: 5_000,
        act: async (stage) => {
          // A former generation has the former schema: only where that is the same one.
          const names = Object.keys(stage.world.indexes).filter((name) => !(name in stage.world.changed));
          const index = names[which % names.length] ?? '';
          if (keep) {
            await ask(stage, 'reindex', index, '--keep', '--no-wait');
            await stage.while(8_000);
          }
          await ask(stage, 'reindex', index, '--rollback', '--no-wait');
        },
      };
    },
  },
  {
    name: 'verify',
    weight: 4,
    uses: [],
    decide: (random: Random) => {
      const which = random.below(1_000);
      return {
        what: `index ${which}, while it changes`,
        lastsMs: 1_000,
        act: async (stage) => {
          const names = Object.keys(stage.world.indexes);
          await ask(stage, 'verify', names[which % names.length] ?? '', '--json', '--timeout', '20s');
        },
      };
    },
  },
];
