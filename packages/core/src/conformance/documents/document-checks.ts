import type { ConformanceCheck } from '../check.ts';
import { bindChecks } from './bind-checks.ts';
import { buildChecks } from './build-checks.ts';
import type { DocumentBuilderDriver } from './driver.ts';
import { placeChecks } from './place-checks.ts';
import { resolveChecks } from './resolve-checks.ts';
import { scanChecks } from './scan-checks.ts';
import { unbuildableChecks } from './unbuildable-checks.ts';

/** Every promise of `DocumentBuilder`. */
export const documentChecks: readonly ConformanceCheck<DocumentBuilderDriver>[] = [
  ...bindChecks,
  ...buildChecks,
  ...placeChecks,
  ...resolveChecks,
  ...scanChecks,
  ...unbuildableChecks,
];
