import type { Treatment } from '../front.ts';
import type { Random } from '../random.ts';
import type { FaultKind } from './fault.ts';

const treatments: readonly ((random: Random) => Treatment)[] = [
  (random) => ({ kind: 'refuse', status: 429, ...(random.chance(30) ? { retryAfter: 1 } : {}) }),
  (random) => ({ kind: 'refuse', status: random.pick([502, 503, 504]) }),
  () => ({ kind: 'refuse', status: 500 }),
  () => ({ kind: 'refuse items' }),
  () => ({ kind: 'refuse items' }),
  (random) => ({ kind: 'limit', bytes: random.between(400_000, 1_500_000) }),
  (random) => ({ kind: 'slow', ms: random.between(50, 3_000) }),
  () => ({ kind: 'slow', ms: 12_000 }),
  (random) => ({ kind: 'lose the answer', how: random.pick(['reset', 'silence'] as const) }),
  (random) => ({ kind: 'lose the answer', how: random.pick(['reset', 'silence'] as const) }),
  () => ({ kind: 'strange answer' }),
];

/** A sink that is busy, down, slow, or whose answers get lost. */
export const answerFaults: readonly FaultKind[] = [
  {
    name: 'answers',
    weight: 22,
    uses: ['answers'],
    decide: (random) => {
      const treatment = random.pick(treatments)(random);
      const share = random.pick([20, 50, 100]);
      const of = random.chance(75) ? 'bulks' : 'all';
      const ms = random.between(300, 5_000);
      return {
        what: `${JSON.stringify(treatment)} for ${share} % of ${of}, ${ms} ms`,
        lastsMs: ms,
        act: async (stage) => {
          stage.front.treat(treatment, share, of);
          try {
            await stage.while(ms);
          } finally {
            stage.front.treat(null, 0, 'all');
          }
        },
      };
    },
  },
];
