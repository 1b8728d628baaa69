/** What was done to a round and what it did, in order; for people. */
export class Timeline {
  readonly #began = Date.now();
  readonly #lines: string[] = [];
  readonly #counts = new Map<string, number>();

  say(line: string): void {
    const seconds = ((Date.now() - this.#began) / 1000).toFixed(2).padStart(7);
    this.#lines.push(`${new Date().toISOString()} ${seconds} ${line}`);
  }

  /** A fault that did happen. */
  count(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** How often each kind of fault happened. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
