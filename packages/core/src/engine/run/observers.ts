import type { Observer } from '../../contracts/index.ts';

type Method = { [Name in keyof Observer]-?: NonNullable<Observer[Name]> };

const names = [
  'phase',
  'captured',
  'durable',
  'acknowledged',
  'stage',
  'written',
  'rejected',
  'deadLetters',
  'retry',
  'recovered',
  'backfill',
  'promoted',
  'health',
  'queued',
  'released',
  'warning',
  'info',
] as const satisfies readonly (keyof Observer)[];

/** One observer that tells each of `observers`; what one throws reaches neither the others nor the engine. */
export function fanOut(observers: readonly Observer[]): Required<Observer> {
  const tell =
    (name: keyof Observer) =>
    (event: never): void => {
      for (const observer of observers) {
        try {
          observer[name]?.(event);
        } catch {
          // An observer must not be able to stop the pipeline.
        }
      }
    };
  return Object.fromEntries(names.map((name) => [name, tell(name)])) as Method;
}
