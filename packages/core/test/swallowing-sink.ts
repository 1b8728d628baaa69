import type { Sink } from '../src/contracts/index.ts';

/** A sink behind a network that at some point swallows everything. */
export interface SwallowedSink {
  readonly sink: Sink;
  /** From the next request of this name on (`records.put`) nothing is answered. */
  swallowFrom(request: string): void;
  /** Whether that request came. */
  readonly silent: boolean;
  /** New requests are answered; what was swallowed never is. */
  answer(): void;
}

export function swallowing(sink: Sink): SwallowedSink {
  let from: string | null = null;
  let silent = false;
  const never = new Promise<never>(() => undefined);
  const notSwallowed = ['fingerprint', 'describe', 'close'];

  const wrap = <Held extends object>(held: Held, path: string): Held =>
    new Proxy(held, {
      get: (_held, property) => {
        const value: unknown = Reflect.get(held, property, held);
        const name = `${path}${String(property)}`;
        if (typeof value === 'object' && value !== null) return wrap(value, `${name}.`);
        if (typeof value !== 'function' || notSwallowed.includes(name)) return value;
        return (...given: readonly unknown[]): unknown => {
          if (name === from) silent = true;
          if (!silent) return Reflect.apply(value, held, given);
          return name === 'reader.list'
            ? { [Symbol.asyncIterator]: () => ({ next: () => never, return: () => never }) }
            : never;
        };
      },
    });
  return {
    sink: wrap(sink, ''),
    swallowFrom: (request) => {
      from = request;
    },
    get silent() {
      return silent;
    },
    answer: () => {
      from = null;
      silent = false;
    },
  };
}
