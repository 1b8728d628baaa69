/**
 * When something happened, by two clocks. The steady one is never set back, but stands still with a machine
 * that sleeps; the time of day goes on there.
 */
export interface Moment {
  readonly steady: number;
  readonly ofDay: number;
}

export function thisMoment(): Moment {
  return { steady: performance.now(), ofDay: Date.now() };
}

/** How long ago it was, in ms, by the clock that says more: also where the process was halted since. */
export function ageOf({ steady, ofDay }: Moment): number {
  return Math.max(performance.now() - steady, Date.now() - ofDay);
}
