import { quoteLiteral } from '@sluice/postgres';

/** An expression: the `rows` of a row of the outbox that asks for a resync, where no trigger could tell more. */
export function gapSql(reason: string): string {
  return `pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_array('gap', ${quoteLiteral(reason)}::text))`;
}
