import type { Observer } from '@sluice/core';

/** Says while somebody waits what is waited for, and nothing else. */
export function retryObserver(say: (line: string) => void): Observer {
  return {
    retry: ({ what, name, attempt, error }) =>
      say(`Waiting for ${what} ${name} (attempt ${attempt}): ${error.message}`),
  };
}
