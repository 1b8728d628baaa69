import type { DocumentKey, DocumentReference } from '../../contracts/index.ts';
import type { Ticket } from './ticket.ts';

/** `urgent`: a change someone waits for. `bulk`: one of the many documents of a wide change or scan. */
export type Urgency = 'urgent' | 'bulk';

export interface PendingKey {
  readonly key: DocumentKey;
  readonly tickets: Ticket[];
}

/** Names a place in a sink as one string. */
export function placeOf({ id, routing }: DocumentReference): string {
  return routing === null ? id : `${id}\u0000${routing}`;
}

/**
 * Document keys waiting to be built. A key that is already waiting is merged: one build serves
 * every change that led to it, because a document is read as it is when it is built. Urgent keys
 * leave first.
 */
export class PendingKeys {
  readonly #waiting: Record<Urgency, Map<string, PendingKey>> = { urgent: new Map(), bulk: new Map() };
  /** Places being written; null where a sink compares versions and order does not matter. */
  readonly #inFlight: Set<string> | null;

  constructor(options: { readonly exclusive: boolean }) {
    this.#inFlight = options.exclusive ? new Set() : null;
  }

  count(urgency: Urgency): number {
    return this.#waiting[urgency].size;
  }

  /** Holds the ticket once for each key that it does not hold already. */
  add(key: DocumentKey, ticket: Ticket, urgency: Urgency): void {
    const place = placeOf(key);
    const { urgent, bulk } = this.#waiting;
    let entry = urgent.get(place) ?? bulk.get(place);
    if (entry === undefined) {
      entry = { key, tickets: [] };
      this.#waiting[urgency].set(place, entry);
    } else if (urgency === 'urgent' && bulk.delete(place)) {
      urgent.set(place, entry);
    }
    if (entry.tickets.at(-1) === ticket) return;
    ticket.hold();
    entry.tickets.push(ticket);
  }

  /** Up to `limit` keys, oldest first, urgent before bulk; never one that is being written exclusively. */
  take(limit: number): readonly PendingKey[] {
    const taken: PendingKey[] = [];
    for (const waiting of [this.#waiting.urgent, this.#waiting.bulk]) {
      for (const [place, entry] of waiting) {
        if (taken.length === limit) return taken;
        if (this.#inFlight?.has(place)) continue;
        this.#inFlight?.add(place);
        waiting.delete(place);
        taken.push(entry);
      }
    }
    return taken;
  }

  /** The keys were written: their tickets are released, and they may be taken again. */
  finish(entries: readonly PendingKey[]): void {
    for (const { key, tickets } of entries) {
      this.#inFlight?.delete(placeOf(key));
      for (const ticket of tickets) ticket.release();
    }
  }

  /** Takes everything out, without releasing anything. */
  clear(): readonly PendingKey[] {
    const all = [...this.#waiting.urgent.values(), ...this.#waiting.bulk.values()];
    this.#waiting.urgent.clear();
    this.#waiting.bulk.clear();
    return all;
  }
}
