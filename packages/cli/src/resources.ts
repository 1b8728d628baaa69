/**
 * What must be given back, in reverse order of its coming. (Node 20 has no AsyncDisposableStack.)
 * Disposal goes on past a failure, and then throws the first one.
 */
export class Resources implements AsyncDisposable {
  readonly #disposers: (() => unknown)[] = [];

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(dispose: () => unknown): void {
    this.#disposers.push(dispose);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let dispose = this.#disposers.pop(); dispose !== undefined; dispose = this.#disposers.pop()) {
      try {
        await dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
