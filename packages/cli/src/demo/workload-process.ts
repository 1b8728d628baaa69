/**
 * The shop's application, a process of its own: changes a few rows every second, as long as the
 * demo that started it is there. Of some changes it tells beforehand, so that a person can watch.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from './database.ts';
import { type PlannedChange, planChange } from './shop-changes.ts';
import type { WorkloadReport, WorkloadRequest } from './workload-messages.ts';

const tell = (report: WorkloadReport) => process.send?.(report);
const url = process.env['DATABASE_URL'] ?? '';
const pause = 1000 / Number(process.env['SLUICE_DEMO_RATE'] ?? '5');

let stopped = false;
let announce = false;
let announced: PlannedChange | null = null;
let go = false;
let changes = 0;

process.on('message', (request: WorkloadRequest) => {
  if (request.kind === 'announce') announce = true;
  if (request.kind === 'go') go = true;
  if (request.kind === 'stop') stopped = true;
});
// The terminal sends Ctrl-C to every process: this one leaves when the demo says so, or is gone.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

await using database = await openDatabase(url);
const make = async (change: PlannedChange) => {
  await database.query(change.sql, change.values);
  changes += 1;
};

let nextAt = Date.now();
while (!stopped) {
  if (announced !== null && go) {
    const change: PlannedChange = announced;
    announced = null;
    go = false;
    await make(change);
    tell({ kind: 'committed', at: Date.now() });
  } else if (announce && announced === null) {
    announce = false;
    announced = await planChange(database, Math.random);
    tell({ kind: 'announced', change: announced });
  } else if (Date.now() >= nextAt) {
    nextAt = Math.max(Date.now(), nextAt + pause);
    await make(await planChange(database, Math.random));
  } else {
    await sleep(5);
  }
}
tell({ kind: 'stopped', changes });
process.disconnect?.();
