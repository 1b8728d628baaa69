import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CaptureName, captures, captureUnderTest } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import { waitFor } from '../support/wait.ts';
import { acknowledged, isBehind } from './harness/acknowledged.ts';
import { Contender, endings, type HowItEnds } from './harness/contender.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

/** Ten takeovers of each kind with the captures' own settings, or one of each where nobody waits for long. */
const full = process.env['SLUICE_TEST_SIZE'] === 'full';
const soon: Readonly<Record<CaptureName, object>> = {
  ...captures,
  wal: { ...captures.wal, wal_sender_timeout: '5s' },
};
const rounds = full ? Number(process.env['SLUICE_TEST_TAKEOVERS'] ?? 50) : endings.length;

let site: Deployment;
beforeAll(async () => {
  site = await Deployment.create({ ...shop(), captureOptions: full ? {} : soon[captureUnderTest()] });
});
afterAll(() => site[Symbol.asyncDispose]());

test(`of two processes the one that stands by takes over, however the other ended, ${rounds} times under load; what that one still does harms nothing`, async () => {
  const times = new Map<HowItEnds, number[]>(endings.map((how) => [how, []]));
  await using watch = watchAcknowledged();
  let leader = await Contender.start(site);
  await leader.untilPhase('live');
  let second = await Contender.start(site);
  await second.untilPhase('standing by');
  try {
    for (let round = 0; round < rounds; round += 1) {
      const how = endings[round % endings.length] ?? 'killed';
      await using workload = startWorkload(site.database.url, { seed: round + 1 });
      for (const one of [leader, second]) one.mark();
      await workload.until(20);
      // Whoever stands by leaves the other one alone, and says nothing more.
      expect([...leader.since, ...second.since].filter(({ msg }) => msg !== 'written')).toEqual([]);
      const from = performance.now();
      await leader.end(how);
      await second.untilPhase('live');
      // It leads when it has acknowledged: until then the former one may wake up and go on.
      const before = await acknowledged(site);
      await waitFor(async () => (await acknowledged(site)) !== before, { what: 'the next to acknowledge' });
      times.get(how)?.push((performance.now() - from) / 1000);

      leader.mark();
      const former = leader;
      [leader, second] = [second, former];
      if (how === 'told to stop') expectEnded(await former.process.untilEnded(), 143);
      if (await former.comeBack()) await former.untilPhase('standing by');
      await workload.stop();
      site.attend(leader.process);
      await site.converged();
      if (former.process.ending !== null) {
        await former[Symbol.asyncDispose]();
        second = await Contender.start(site);
        await second.untilPhase('standing by');
      }
      expect(watch.wentBack, 'acknowledged positions that went back').toEqual([]);
    }
    await second.end('told to stop');
    expectEnded(await second.process.untilEnded(), 143);
    if (full) console.log(`takeovers with ${site.capture}, seconds\n${distribution(times)}`);
  } finally {
    await Promise.all([leader[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
  }
}, 3_600_000);

/** Looks all the time whether what the source counts as acknowledged ever goes back. */
function watchAcknowledged() {
  const wentBack: string[] = [];
  const ending = new AbortController();
  const looking = (async () => {
    let last: string | null = null;
    while (!ending.signal.aborted) {
      const now = await acknowledged(site);
      if (last !== null && now !== null && isBehind(now, last)) wentBack.push(`${last} → ${now}`);
      last = now ?? last;
      await delay(50);
    }
  })();
  return {
    wentBack,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await looking;
    },
  };
}

function distribution(times: ReadonlyMap<HowItEnds, readonly number[]>): string {
  const lines = [...times].map(([how, taken]) => {
    const sorted = taken.toSorted((a, b) => a - b);
    const at = (share: number) => (sorted[Math.round((sorted.length - 1) * share)] ?? 0).toFixed(1);
    return `  ${how.padEnd(14)} n=${sorted.length} least ${at(0)} median ${at(0.5)} most ${at(1)}`;
  });
  return lines.join('\n');
}
