import { openRelay, type Relay } from './relay.ts';

/** Instances of a plugin that reach their database through a relay each. */
export class Relayed<Instance extends object> {
  readonly #relays = new Map<Instance, Relay>();

  async open(url: string, make: (url: string) => Instance | Promise<Instance>): Promise<Instance> {
    const relay = await openRelay(url);
    try {
      const instance = await make(relay.url);
      this.#relays.set(instance, relay);
      return instance;
    } catch (error) {
      relay.cut();
      throw error;
    }
  }

  cutOff(instance: Instance): void {
    this.#relays.get(instance)?.cut();
  }

  end(): void {
    for (const relay of this.#relays.values()) relay.cut();
  }
}
