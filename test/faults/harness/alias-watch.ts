import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment } from '../../e2e/harness/deployment.ts';

export interface AliasWatch {
  /** What a user has seen so far that no user may see. */
  readonly problems: readonly string[];
  readonly looks: number;
  end(): Promise<void>;
}

/**
 * A user who counts and searches by the alias all the time: an error, or another number of documents than
 * there are rows, is a problem. For tables whose rows only change.
 */
export function watchAlias(site: Deployment, index: string, rows: number): AliasWatch {
  const alias = new URL(`${site.search.prefix}${index}/`, site.search.url);
  const problems: string[] = [];
  let looks = 0;
  let watching = true;
  const look = async (path: string, found: (answer: string) => unknown): Promise<void> => {
    try {
      const response = await fetch(new URL(path, alias));
      const text = await response.text();
      if (!response.ok || found(text) !== rows) problems.push(`${path}: ${response.status} ${text}`);
    } catch (error) {
      problems.push(String(error));
    }
    looks += 1;
  };
  const ended = (async () => {
    while (watching) {
      await look('_count', (text) => JSON.parse(text).count);
      await look('_search?size=0&track_total_hits=true', (text) => JSON.parse(text).hits.total.value);
      await delay(10);
    }
  })();
  return {
    problems,
    get looks() {
      return looks;
    },
    end: async () => {
      watching = false;
      await ended;
    },
  };
}
