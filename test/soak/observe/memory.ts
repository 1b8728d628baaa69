import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../fleet.ts';

export interface MemorySampler {
  /** The most that one process had resident. */
  readonly maxBytes: number;
  stop(): Promise<void>;
}

/** Looks how much memory the processes of a deployment have; elsewhere than on Linux it sees nothing. */
export function sampleMemory(fleet: Fleet): MemorySampler {
  const state = { stopping: false, maxBytes: 0 };
  const sampling = (async () => {
    while (!state.stopping) {
      for (const { pid } of fleet.running) {
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
        state.maxBytes = Math.max(state.maxBytes, kilobytes * 1024);
      }
      await delay(250);
    }
  })();
  return {
    get maxBytes() {
      return state.maxBytes;
    },
    stop: async () => {
      state.stopping = true;
      await sampling;
    },
  };
}
