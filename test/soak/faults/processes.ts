import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';
import type { FaultKind } from './fault.ts';

/** Kills, stops, frozen processes and second ones. */
export const processFaults: readonly FaultKind[] = [
  {
    name: 'kill',
    weight: 14,
    uses: ['process'],
    decide: (random) => {
      const away = awayMs(random);
      return {
        what: `SIGKILL, back after ${away} ms`,
        lastsMs: away,
        act: ({ fleet, ...stage }) =>
          fleet.takeOver(async () => {
            await fleet.killAll();
            await stage.while(away);
            fleet.start();
          }),
      };
    },
  },
  {
    name: 'kill at the start',
    weight: 5,
    uses: ['process'],
    decide: (random) => {
      const lives = Array.from({ length: random.between(1, 3) }, () => random.between(100, 3_000));
      return {
        what: `killed ${lives.join(', ')} ms after it started`,
        lastsMs: lives.reduce((sum, ms) => sum + ms, 0),
        act: ({ fleet, ...stage }) =>
          fleet.takeOver(async () => {
            for (const ms of lives) {
              await fleet.killAll();
              fleet.start();
              await stage.while(ms);
            }
            await fleet.killAll();
            fleet.start();
          }),
      };
    },
  },
  {
    name: 'stop',
    weight: 6,
    uses: ['process'],
    decide: (random) => {
      const away = awayMs(random);
      return {
        what: `SIGTERM, back ${away} ms after it ended`,
        lastsMs: away + 1_000,
        act: ({ fleet, ...stage }) =>
          fleet.takeOver(async () => {
            try {
              for (const process of fleet.running) await fleet.stop(process);
              await stage.while(away);
            } finally {
              fleet.start();
            }
          }),
      };
    },
  },
  {
    name: 'freeze',
    weight: 5,
    uses: ['process'],
    decide: (random) => {
      const frozenMs = random.between(500, 6_000);
      return {
        what: `SIGSTOP for ${frozenMs} ms`,
        lastsMs: frozenMs,
        act: async ({ fleet, ...stage }) => {
          const { running } = fleet;
          for (const process of running) process.signal('SIGSTOP');
          await stage.while(frozenMs);
          for (const process of running) process.signal('SIGCONT');
        },
      };
    },
  },
  {
    name: 'a second process beside a frozen one',
    weight: 5,
    uses: ['process'],
    decide: (random) => {
      const frozenMs = random.between(2_000, 15_000);
      const together = random.between(500, 3_000);
      const goes = random.pick(['first', 'second'] as const);
      return {
        what: `the first is frozen for ${frozenMs} ms while a second runs, then both for ${together} ms, then the ${goes} is killed`,
        lastsMs: frozenMs + together,
        act: (stage) => beside(stage, goes, frozenMs, together),
      };
    },
  },
  {
    name: 'two processes',
    weight: 4,
    uses: ['process'],
    decide: (random) => {
      const together = random.between(500, 6_000);
      const goes = random.pick(['first', 'second'] as const);
      return {
        what: `a second one for ${together} ms, then the ${goes} is killed`,
        lastsMs: together,
        act: (stage) => beside(stage, goes, 0, together),
      };
    },
  },
];

function awayMs(random: Random): number {
  return random.chance(60) ? random.below(300) : random.between(300, 4_000);
}

async function beside(
  stage: Stage,
  goes: 'first' | 'second',
  frozenMs: number,
  together: number,
): Promise<void> {
  const { fleet } = stage;
  await fleet.takeOver(async () => {
    const [first = fleet.start()] = fleet.running;
    if (frozenMs > 0) first.signal('SIGSTOP');
    const second = fleet.start();
    await stage.while(frozenMs);
    first.signal('SIGCONT');
    await stage.while(together);
    await fleet.kill(goes === 'first' ? first : second);
    if (fleet.running.length === 0) {
      await delay(100);
      fleet.start();
    }
  });
}
