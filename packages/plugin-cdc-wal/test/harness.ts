import type {
  CaptureRequirements,
  Change,
  ChangeBatch,
  ChangeCapture,
  Logger,
  Position,
  RequiredTable,
} from '@sluice/core';
import { pluginContext } from '@sluice/core/conformance';
import type { TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import plugin from '../src/index.ts';
import { walOptions } from '../src/options.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** A capture on a test database, with the slot named after the database so that files never meet. */
export function makeCapture(
  database: Pick<TestDatabase, 'name' | 'url'>,
  options: Record<string, unknown> = {},
  url: string = database.url,
): { capture: ChangeCapture; log: LogLine[]; slot: string } {
  const log: LogLine[] = [];
  const write =
    (level: string): Logger['info'] =>
    (message, fields) => {
      log.push({ level, message, fields });
    };
  const context = pluginContext({
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    connection: url,
  });
  const slot = typeof options['slot'] === 'string' ? options['slot'] : `s_${database.name}`;
  const capture = plugin.create(context, walOptions.parse({ slot, ...options }));
  if (capture instanceof Promise) throw new Error('the capture is made at once');
  return { capture, log, slot };
}

/** A required table `public.name` (or `schema.name`). */
export function table(
  name: string,
  key: readonly string[],
  links: readonly string[] = key,
  watched: readonly string[] = links,
): RequiredTable {
  const [schema, rest] = name.includes('.') ? name.split('.') : ['public', name];
  return {
    table: { schema: schema ?? '', name: rest ?? '' },
    key,
    links: [...new Set([...key, ...links])],
    watched: [...new Set([...key, ...links, ...watched])],
    uses: [{ index: 'things', role: 'root', field: '' }],
  };
}

export const requirements = (...tables: RequiredTable[]): CaptureRequirements => ({ tables });

/** A consumer that takes every batch and acknowledges when told. */
export class Consumer {
  readonly batches: ChangeBatch[] = [];
  readonly changes: Change[] = [];
  error: unknown;
  done = false;
  readonly capture: ChangeCapture;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  constructor(capture: ChangeCapture, required: CaptureRequirements) {
    this.capture = capture;
    this.#running = this.#run(required);
  }

  async #run(required: CaptureRequirements): Promise<void> {
    try {
      for await (const batch of this.capture.stream(required, this.#abort.signal)) {
        this.batches.push(batch);
        for (const change of batch.changes) this.changes.push(change);
        await this.#gate;
      }
    } catch (error) {
      this.error = error;
    } finally {
      this.done = true;
    }
  }

  /** Stops pulling until `resume`. */
  pause(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  resume(): void {
    this.#open();
    this.#gate = Promise.resolve();
  }

  acknowledgeAll(): void {
    const last = this.batches.at(-1);
    if (last !== undefined) this.capture.acknowledge(last.token);
  }

  /** Waits until the stream has yielded `position`. */
  async reaches(position: Position): Promise<void> {
    await waitFor(
      () => {
        if (this.error !== undefined) return true;
        const at = this.batches.findLast((batch) => batch.position !== null)?.position;
        return at != null && this.capture.comparePositions(at, position) >= 0;
      },
      { what: `position ${position}`, intervalMs: 5 },
    );
    if (this.error !== undefined) throw ended(this.error);
  }

  /** Everything that was committed before the call has been yielded. */
  async caughtUp(): Promise<void> {
    await this.reaches(await this.capture.barrier());
  }

  async until(what: string, condition: (changes: Change[]) => boolean): Promise<Change[]> {
    await waitFor(
      () => {
        if (this.error !== undefined && !condition(this.changes)) throw ended(this.error);
        return condition(this.changes);
      },
      { what, intervalMs: 5 },
    );
    return this.changes;
  }

  async failure(): Promise<unknown> {
    await waitFor(() => this.done, { what: 'the stream to end', deadlineMs: 20_000 });
    return this.error;
  }

  async stop(): Promise<void> {
    this.resume();
    this.#abort.abort();
    await this.#running;
  }
}

export const never: AbortSignal = new AbortController().signal;

function ended(cause: unknown): Error {
  return new Error(`the stream ended: ${String(cause)}`, { cause });
}
