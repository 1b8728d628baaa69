import type { Field, SourcePath, TableName } from '../contracts/index.ts';
import { explainMisplacedKey } from './misplaced-key.ts';
import type { Problem, Problems } from './problems.ts';
import type { Subject } from './read-mapping.ts';

/** The row that fields are read from. */
export interface Scope {
  readonly table: TableName;
  /** Its key, where the file says it. */
  readonly key: readonly string[] | null;
}

/** One field as it stands in the file, its type and name already known. */
export interface FieldInput {
  /** The siblings of the type key. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly at: SourcePath;
  /** The document key. */
  readonly name: string;
  /** Begins messages: `` `has_many: orders` ``. */
  readonly label: string;
  /** The type key: where a missing sibling is reported. */
  readonly head: Pick<Problem, 'at' | 'part'>;
  readonly scope: Scope;
  readonly problems: Problems;
  /** Reads the fields inside; comes from above, as fields and joins hold each other. */
  readonly readFields: (raw: unknown, at: SourcePath, scope: Scope, owner: Owner) => readonly Field[];
}

/** Whose `fields` are read. */
export interface Owner {
  readonly label: string;
  readonly head: Pick<Problem, 'at' | 'part'>;
  /** The names of OpenSearch's own are taken at the root only. */
  readonly level: 'root' | 'inner';
}

/** The words for a sibling that `type` does not take. */
export function explainFor(type: string, { label, raw }: FieldInput): NonNullable<Subject['explain']> {
  const table = typeof raw['table'] === 'string' ? raw['table'] : null;
  return (key, value) => explainMisplacedKey(type, label, key, value, table);
}
