import { randomBytes } from 'node:crypto';
import type { ChangeCapture, PluginContext } from '../../contracts/index.ts';
import { pluginContext } from '../plugin-context.ts';
import { Relayed } from '../source/relayed.ts';
import { type SqlSession, type SqlSourceOptions, sqlSource } from '../source/sql-source.ts';
import { waitUntil } from '../wait-until.ts';
import type { CaptureDriver, CaptureSource } from './driver.ts';

export interface PostgresCaptureOptions
  extends SqlSourceOptions,
    Pick<CaptureDriver, 'missing' | 'patienceMs'> {
  /** A database for tests, of a role that may do everything there. Asked for each check. */
  url(): string | Promise<string>;
  /** A connection: `const client = new pg.Client(url); await client.connect(); return client`. */
  connect(url: string): Promise<SqlSession>;
  /**
   * A new instance. `name` is a lower-case name of this source's own: for a slot, a schema, a table of
   * positions, whatever another source's capture must not share. `schema` holds the tables.
   */
  create(context: PluginContext, name: string, schema: string): ChangeCapture | Promise<ChangeCapture>;
  /** `CaptureSource.remains`. */
  remains(session: SqlSession, name: string): Promise<readonly string[]>;
  /** `CaptureSource.lose`. */
  lose(session: SqlSession, name: string): Promise<void>;
}

/** A driver for a capture on Postgres, which does all but know the capture. */
export function postgresCapture(options: PostgresCaptureOptions): CaptureDriver {
  const { missing, patienceMs } = options;
  return {
    start: () => start(options),
    ...(missing === undefined ? {} : { missing }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  };
}

async function start(options: PostgresCaptureOptions): Promise<CaptureSource> {
  const url = await options.url();
  const name = `kit_${randomBytes(5).toString('hex')}`;
  const source = await sqlSource(() => options.connect(url), options);
  const instances = new Relayed<ChangeCapture>();
  const session = await options.connect(url);
  return {
    ...source,
    open: () =>
      instances.open(url, (connection) => options.create(pluginContext({ connection }), name, source.schema)),
    cutOff: async (capture) => instances.cutOff(capture),
    remains: () => options.remains(session, name),
    lose: () => options.lose(session, name),
    async cleanUp() {
      instances.end();
      try {
        if ((await options.remains(session, name)).length > 0) {
          // The server may not have noticed yet that the last instance is gone.
          await waitUntil(
            () =>
              options.lose(session, name).then(
                () => true,
                () => false,
              ),
            { what: 'the mechanism to go', patienceMs: options.patienceMs },
          );
        }
      } finally {
        await session.end();
        await source.cleanUp();
      }
    },
  };
}
