import { SluiceError } from '../errors/index.ts';

/** Something that must be closed, with its name for messages. */
interface Closable {
  readonly name: string;
  close(): Promise<void>;
}

/**
 * Closes what was made, last made first, each awaited and bounded in time. One that fails does not
 * keep the others open.
 */
export class Closing {
  readonly #made: Closable[] = [];
  readonly #timeout: number;

  /** @param timeout For each, in ms. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** Remembers what was made and gives it back. */
  add<Made extends { close(): Promise<void> }>(name: string, made: Made): Made {
    this.#made.push({ name, close: () => made.close() });
    return made;
  }

  /** Throws the error, or an AggregateError of several, after all were tried. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (;;) {
      const next = this.#made.pop();
      if (next === undefined) break;
      await this.#closeInTime(next).catch((error: unknown) => errors.push(error));
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'Several parts of the run failed to close.');
  }

  async #closeInTime({ name, close }: Closable): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const seconds = this.#timeout / 1000;
        reject(new SluiceError('SLUICE_PLUGIN_FAILED', `The ${name} did not close within ${seconds} s.`));
      }, this.#timeout);
    });
    try {
      await Promise.race([Promise.resolve().then(close), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
