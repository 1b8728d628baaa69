import type { DocumentBuilder, PluginContext } from '../../contracts/index.ts';
import { pluginContext } from '../plugin-context.ts';
import { Relayed } from '../source/relayed.ts';
import { type SqlSession, type SqlSourceOptions, sqlSource } from '../source/sql-source.ts';
import type { DocumentBuilderDriver } from './driver.ts';

export interface PostgresDocumentsOptions
  extends SqlSourceOptions,
    Pick<DocumentBuilderDriver, 'transform' | 'failing'> {
  /** A database for tests, of a role that may make schemas there. Asked for each check. */
  url(): string | Promise<string>;
  /** A connection: `const client = new pg.Client(url); await client.connect(); return client`. */
  connect(url: string): Promise<SqlSession>;
  /** A new builder. */
  create(context: PluginContext): DocumentBuilder | Promise<DocumentBuilder>;
}

/** A driver for a document builder on Postgres. */
export function postgresDocuments(options: PostgresDocumentsOptions): DocumentBuilderDriver {
  const { transform, failing } = options;
  return {
    ...(transform === undefined ? {} : { transform }),
    ...(failing === undefined ? {} : { failing }),
    async start() {
      const url = await options.url();
      const source = await sqlSource(() => options.connect(url), options);
      const builders = new Relayed<DocumentBuilder>();
      return {
        ...source,
        open: () => builders.open(url, (connection) => options.create(pluginContext({ connection }))),
        cutOff: async (builder) => builders.cutOff(builder),
        async cleanUp() {
          builders.end();
          await source.cleanUp();
        },
      };
    },
  };
}
