import { expect, test } from 'vitest';
import { featureVersion, type Java, planRun } from './release.ts';

const java = (feature: number): Java => ({ home: `/jvm/${feature}`, feature });

test.each([
  { found: [17, 25, 21], line: undefined, runs: '3.4.0 on 21' },
  { found: [25], line: undefined, runs: '3.4.0 on 25' },
  { found: [8, 17], line: undefined, runs: '2.19.4 on 17' },
  { found: [17, 25], line: '2.19' as const, runs: '2.19.4 on 17' },
  { found: [25], line: '2.19' as const, runs: '2.19.4 on 25' },
])('with Java $found and line $line it runs $runs', ({ found, line, runs }) => {
  const plan = planRun(found.map(java), line);
  expect(plan.release && `${plan.release.version} on ${plan.java.feature}`).toBe(runs);
});

test.each([
  { found: [], line: undefined, needed: 11 },
  { found: [8], line: undefined, needed: 11 },
  { found: [17], line: '3.4' as const, needed: 21 },
])('with Java $found and line $line it says that $needed is needed', ({ found, line, needed }) => {
  expect(planRun(found.map(java), line)).toEqual({ release: undefined, needed, found: found.map(java) });
});

test.each([
  ['IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.15"\n', 17],
  ['JAVA_VERSION="25"\n', 25],
  ['JAVA_VERSION="24-ea"\n', 24],
  ['JAVA_VERSION="1.8.0_392"\n', 8],
  ['NAME="Debian"\n', undefined],
  ['JAVA_VERSION="unknown"\n', undefined],
])('reads %j as Java %s', (file, feature) => {
  expect(featureVersion(file)).toBe(feature);
});
