import { setTimeout as delay } from 'node:timers/promises';

/** Looks all the time at documents by id, as they were written last, and tells when one became older. */
export interface BeatsReader {
  /** What went back, for people. */
  readonly steps: readonly string[];
  readonly looks: number;
  /** What was seen is no measure any more: the server lost it. */
  forget(): void;
  stop(): Promise<void>;
}

export interface BeatsReaderOptions {
  /** Of OpenSearch, past every proxy. */
  readonly url: string;
  readonly aliases: readonly string[];
  readonly ids: readonly number[];
}

interface Seen {
  readonly beat: number;
  readonly version: number;
  readonly inner: ReadonlyMap<number, number>;
  /** Not there when it was looked for last. */
  readonly gone: boolean;
}

interface Found {
  readonly _index?: string;
  readonly _id: string;
  readonly found?: boolean;
  readonly _version?: number;
  readonly _source?: {
    readonly beat?: number;
    readonly orders?: readonly { readonly id: number; readonly beat: number }[];
  };
}

const mostSteps = 20;

export function startBeatsReader({ url, aliases, ids }: BeatsReaderOptions): BeatsReader {
  const seen = new Map<string, Seen>();
  const steps: string[] = [];
  const state = { stopping: false, looks: 0, era: 0 };
  const look = async (alias: string) => {
    const { era } = state;
    const response = await fetch(new URL(`${alias}/_mget?realtime=true`, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ids: ids.map(String) }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer: { readonly docs?: readonly Found[] } = JSON.parse(await response.text());
    // An answer that was on its way when the server died tells of what nobody has any more.
    if (!response.ok || state.era !== era) return;
    state.looks += 1;
    for (const found of answer.docs ?? []) {
      if (found._index === undefined || found.found === undefined) continue;
      // Another generation has a history of its own.
      const place = `${found._index}/${found._id}`;
      const before = seen.get(place);
      const now = stateOf(found, before);
      if (before !== undefined && steps.length < mostSteps) {
        steps.push(...stepsBack(before, now).map((step) => `${new Date().toISOString()} ${place}: ${step}`));
      }
      if (now !== undefined) seen.set(place, now);
    }
  };
  const looking = (async () => {
    while (!state.stopping) {
      // A server that is down shows nothing.
      for (const alias of aliases) await look(alias).catch(() => undefined);
      await delay(30);
    }
  })();
  return {
    steps,
    get looks() {
      return state.looks;
    },
    forget: () => {
      state.era += 1;
      seen.clear();
    },
    stop: async () => {
      state.stopping = true;
      await looking;
    },
  };
}

function stateOf({ found, _version, _source }: Found, before: Seen | undefined): Seen | undefined {
  if (found !== true) return before === undefined ? undefined : { ...before, gone: true };
  return {
    beat: _source?.beat ?? 0,
    version: _version ?? 0,
    inner: new Map((_source?.orders ?? []).map(({ id, beat }) => [id, beat])),
    gone: false,
  };
}

/** A row that comes back after it was gone has been written once more. */
function stepsBack(before: Seen, now: Seen | undefined): readonly string[] {
  if (now === undefined || now.gone) return [];
  const steps: string[] = [];
  if (now.beat < before.beat || (before.gone && now.beat === before.beat)) {
    steps.push(`beat ${before.beat}${before.gone ? ', gone' : ''}, then ${now.beat}`);
  }
  if (now.version < before.version) steps.push(`version ${before.version}, then ${now.version}`);
  for (const [id, beat] of now.inner) {
    const former = before.inner.get(id) ?? 0;
    if (beat < former) steps.push(`order ${id} with beat ${former}, then ${beat}`);
  }
  return steps;
}
