import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { type Mechanism, onlyHas, scans } from './harness/mechanisms.ts';
import { shop } from './harness/shop.ts';
import { startWorkload } from './harness/workload.ts';

test('from the log to triggers and back, while the application writes: nothing is lost, and nothing is scanned', async () => {
  await using site = await Deployment.start({ ...shop(), capture: 'wal' });
  await using workload = startWorkload(site.database.url);
  for (const capture of ['triggers', 'wal'] as const satisfies readonly Mechanism[]) {
    await workload.until(50);
    await site.process.stop();
    await workload.until(50);
    await site.reconfigure({ capture });
    const process = await site.start();
    await onlyHas(site, capture);
    await workload.until(50);
    expect(process.log).toContain(`the indexes follow ${capture} from here on`);
    expect(scans(process)).toEqual([]);
  }
  await workload.stop();
  await site.converged();
  expect(scans(site.process)).toEqual([]);
});
