import type { ExactJson } from './exact-json.ts';

/** The documents of one index, by place: the id, with the routing value where there is one. */
export type Documents = ReadonlyMap<string, ExactJson>;

/** Two documents of one id under different routing are two documents. */
export function placeOf(id: string, routing: string | null | undefined): string {
  return routing === null || routing === undefined ? id : `${id} (routing ${routing})`;
}
