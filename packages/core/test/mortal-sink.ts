import type { Sink } from '../src/contracts/index.ts';

/** What changes a sink's store. */
const changing = new Set([
  'ensureIndex',
  'write',
  'records.put',
  'records.remove',
  'generations.beginBackfill',
  'generations.endBackfill',
  'generations.promote',
  'generations.drop',
]);

/** What asks no store, or answers with pages. */
const unchanged = new Set(['fingerprint', 'describe', 'close', 'reader.list', 'deadLetters.list']);

/** The sink as one process has it, which is killed at some request: from then on it does nothing any more. */
export interface MortalSink {
  readonly sink: Sink;
  /** Requests that change something, so far, by name. */
  readonly steps: readonly string[];
  /** Kills the process at the request of this number from now, before or after the store has carried it out. */
  killAt(step: number, when: 'before' | 'after'): void;
  readonly killed: boolean;
}

export function mortal(sink: Sink, onKill: () => void): MortalSink {
  const steps: string[] = [];
  let fatal: { readonly step: number; readonly when: 'before' | 'after' } | null = null;
  let killed = false;
  const never = new Promise<never>(() => undefined);
  const die = () => {
    killed = true;
    onKill();
    return never;
  };

  const wrap = <Held extends object>(held: Held, path: string): Held =>
    new Proxy(held, {
      get: (_held, property) => {
        const value: unknown = Reflect.get(held, property, held);
        const name = `${path}${String(property)}`;
        if (typeof value === 'object' && value !== null) return wrap(value, `${name}.`);
        if (typeof value !== 'function' || unchanged.has(name)) return value;
        return async (...given: readonly unknown[]): Promise<unknown> => {
          if (killed) return never;
          if (!changing.has(name)) return Reflect.apply(value, held, given);
          steps.push(name);
          const last = fatal?.step === steps.length ? fatal.when : null;
          if (last === 'before') return die();
          const answer: unknown = await Reflect.apply(value, held, given);
          return last === 'after' ? die() : answer;
        };
      },
    });
  return {
    sink: wrap(sink, ''),
    steps,
    killAt: (step, when) => {
      fatal = { step: steps.length + step, when };
    },
    get killed() {
      return killed;
    },
  };
}
