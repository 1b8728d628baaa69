import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core';
import type { PlannedChange } from './shop-changes.ts';
import type { WorkloadReport, WorkloadRequest } from './workload-messages.ts';

/** The running application of the demo. */
export interface Workload extends AsyncDisposable {
  /** A change that will be made when `go` is called. */
  announce(): Promise<PlannedChange>;
  /** Makes the announced change; resolves to the time of its commit, in ms since the epoch. */
  go(): Promise<number>;
  /** Ends it in order; resolves to how many changes it made. Nothing changes afterwards. */
  stop(): Promise<number>;
}

/** Starts the application as a process of its own. It dies with this one. */
export function startWorkload(databaseUrl: string, changesPerSecond: number): Workload {
  const script = fileURLToPath(new URL('./workload-process.js', import.meta.url));
  const child = fork(script, {
    env: { ...process.env, DATABASE_URL: databaseUrl, SLUICE_DEMO_RATE: String(changesPerSecond) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ask = async <Kind extends WorkloadReport['kind']>(
    request: WorkloadRequest,
    answer: Kind,
  ): Promise<Extract<WorkloadReport, { kind: Kind }>> => {
    const reply = nextReport(child, answer);
    child.send(request);
    return reply;
  };
  return {
    announce: async () => (await ask({ kind: 'announce' }, 'announced')).change,
    go: async () => (await ask({ kind: 'go' }, 'committed')).at,
    stop: async () => (await ask({ kind: 'stop' }, 'stopped')).changes,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function nextReport<Kind extends WorkloadReport['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<WorkloadReport, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle();
    };
    const onMessage = (report: WorkloadReport) => {
      if (isReport(report, kind)) done(() => resolve(report));
    };
    const onExit = (code: number | null) =>
      done(() =>
        reject(new SluiceError('SLUICE_INTERNAL', `The demo's shop ended by itself (code ${code}).`)),
      );
    child.on('message', onMessage);
    child.on('exit', onExit);
    if (child.exitCode !== null) onExit(child.exitCode);
  });
}

function isReport<Kind extends WorkloadReport['kind']>(
  report: WorkloadReport,
  kind: Kind,
): report is Extract<WorkloadReport, { kind: Kind }> {
  return report.kind === kind;
}
