import type { TestDatabase } from '../../support/postgres.ts';

/** Everything in the source that Sluice could have made or altered, in words. */
export async function sourceFootprint(database: TestDatabase): Promise<readonly string[]> {
  const rows = await database.query<{ thing: string }>(footprintSql);
  return rows.map(({ thing }) => thing);
}

const footprintSql = `
SELECT thing COLLATE "C" AS thing FROM (
  SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database = current_database()
  UNION ALL
  SELECT 'publication ' || pubname FROM pg_publication
  UNION ALL
  SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL
  SELECT format('%s %s.%s identity %s %s', c.relkind, n.nspname, c.relname, c.relreplident, (
    SELECT string_agg(i.indexrelid::regclass::text, ',') FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisreplident
  ))
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT 'event trigger ' || evtname FROM pg_event_trigger
  UNION ALL
  SELECT 'function ' || p.oid::regprocedure FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT format('comment on %s %s: %s', classoid::regclass, objoid, description) FROM pg_description
  WHERE objoid >= 16384
) AS things (thing)
ORDER BY 1`;
