import { quoteLiteral } from '@sluice/postgres';
import { type CaptureNames, triggerName } from './names.ts';
import { everyPart } from './triggers.ts';

/**
 * An expression: which transaction made, or switched, each trigger of ours on the tables with these oids. A
 * trigger that was disabled for a while and fires again looks as before, and missed what was written.
 *
 * @param oids An expression of type `oid[]`.
 */
export function triggersPrintSql(names: CaptureNames, oids: string): string {
  const ours = everyPart.map((part) => quoteLiteral(triggerName(names, part))).join(', ');
  return `(SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws('/', g.tgrelid, g.tgname, g.xmin), ' ' ORDER BY g.tgrelid, g.tgname))
    FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = ANY (${oids}) AND g.tgname IN (${ours}))`;
}
