import type { Sink } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';

/** After an unanswered request the next ones are waited for only shortly: else many would add up. */
const silence = { lastsMs: 4_000, patienceMs: 250 };

/** Limited elsewhere: a write by whoever delivers, the end by whoever closes. */
const unlimited: readonly PropertyKey[] = ['write', 'close'] satisfies readonly (keyof Sink)[];

/**
 * The sink with all that it can do, and a limit to how long a request may take: `SLUICE_SINK_UNAVAILABLE`
 * after it. What was sent may still arrive.
 *
 * Whatever a capability answers with, now or later, is limited by what it is, a promise or pages, so that
 * none is forgotten.
 *
 * @param told The sink, as what begins a sentence: `the optional sink "search"`
 */
export function impatient(sink: Sink, told: string, patienceMs: number): Sink {
  let silentUntil = Number.NEGATIVE_INFINITY;

  const limited = <T>(answer: PromiseLike<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const limit = Date.now() < silentUntil ? Math.min(silence.patienceMs, patienceMs) : patienceMs;
      const timer = setTimeout(() => {
        silentUntil = Date.now() + silence.lastsMs;
        const message = `${told} did not answer within ${(limit / 1000).toFixed(1)} s`;
        reject(new SluiceError('SLUICE_SINK_UNAVAILABLE', message));
      }, limit);
      answer.then(
        (value) => {
          clearTimeout(timer);
          silentUntil = Number.NEGATIVE_INFINITY;
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });

  async function* limitedPages(pages: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    const iterator = pages[Symbol.asyncIterator]();
    let waiting = false;
    try {
      for (;;) {
        waiting = true;
        const page = await limited(iterator.next());
        waiting = false;
        if (page.done === true) return;
        yield page.value;
      }
    } finally {
      const left = iterator.return?.();
      // Pages that do not come cannot be left either.
      if (waiting) left?.catch(() => undefined);
      else await left;
    }
  }

  const wrap = <Held extends object>(held: Held, free: readonly PropertyKey[]): Held => {
    // Something of its own: what a frozen object holds may not be shown otherwise.
    const shell: Held = Object.create(held);
    return new Proxy(shell, {
      get: (_shell, property) => {
        const value: unknown = Reflect.get(held, property, held);
        if (typeof value === 'object' && value !== null) return wrap(value, []);
        if (typeof value !== 'function') return value;
        return (...given: readonly unknown[]): unknown => {
          const answer: unknown = Reflect.apply(value, held, given);
          if (free.includes(property)) return answer;
          if (isPromise(answer)) return limited(answer);
          return isPages(answer) ? limitedPages(answer) : answer;
        };
      },
    });
  };
  return wrap(sink, unlimited);
}

function isPromise(answer: unknown): answer is PromiseLike<unknown> {
  return hasMethod(answer, 'then');
}

function isPages(answer: unknown): answer is AsyncIterable<unknown> {
  return hasMethod(answer, Symbol.asyncIterator);
}

function hasMethod(answer: unknown, name: PropertyKey): boolean {
  return typeof answer === 'object' && answer !== null && typeof Reflect.get(answer, name) === 'function';
}
