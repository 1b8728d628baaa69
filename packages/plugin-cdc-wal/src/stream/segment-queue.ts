import { type BatchLimits, joinable, type Segment } from './segment.ts';

/**
 * Segments between socket and consumer, bounded by bytes: above `high` the socket is paused, below
 * half of it resumed. What one read of the socket brings still enters, so it can go above for a moment.
 */
export class SegmentQueue {
  readonly #high: number;
  readonly #onPressure: (pressure: 'high' | 'low') => void;
  #segments: Segment[] = [];
  #bytes = 0;
  #pressed = false;

  constructor(high: number, onPressure: (pressure: 'high' | 'low') => void) {
    this.#high = high;
    this.#onPressure = onPressure;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Something is there that a consumer should get now, not only a position. */
  get urgent(): boolean {
    return this.#segments.some(
      (segment) => segment.changes.length > 0 || segment.prompt || segment.unknown.length > 0,
    );
  }

  get empty(): boolean {
    return this.#segments.length === 0;
  }

  push(segment: Segment): void {
    const last = this.#segments.at(-1);
    if (segment.xid === null && segment.changes.length === 0 && last !== undefined && last.end !== null) {
      // A later position covers all before it: it replaces the end of what it follows.
      this.#segments[this.#segments.length - 1] = { ...last, end: segment.end };
      return;
    }
    this.#segments.push(segment);
    this.#bytes += segment.bytes;
    if (!this.#pressed && this.#bytes > this.#high) {
      this.#pressed = true;
      this.#onPressure('high');
    }
  }

  /** The next batch's segments, at least one; empty only if the queue is. */
  take(limits: BatchLimits): Segment[] {
    const taken: Segment[] = [];
    let bytes = 0;
    let changes = 0;
    for (const segment of this.#segments) {
      const last = taken.at(-1);
      if (last !== undefined) {
        const fits =
          bytes + segment.bytes <= limits.bytes && changes + segment.changes.length <= limits.changes;
        if (!fits || !joinable(last, segment)) break;
      }
      taken.push(segment);
      bytes += segment.bytes;
      changes += segment.changes.length;
    }
    this.#segments = this.#segments.slice(taken.length);
    this.#bytes -= bytes;
    if (this.#pressed && this.#bytes < this.#high / 2) {
      this.#pressed = false;
      this.#onPressure('low');
    }
    return taken;
  }
}
