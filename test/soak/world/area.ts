import type { IndexFixture } from '../../e2e/harness/fixture.ts';
import type { Random } from '../random.ts';

/** One way to write; several statements are separated by semicolons and belong together. */
export interface Operation {
  readonly weight: number;
  readonly sql: (random: Random) => string;
}

/** Tables that belong together, the indexes over them, and what applications do to them. */
export interface Area {
  readonly tables: string;
  readonly indexes: Readonly<Record<string, IndexFixture>>;
  /** Other schemas for some of the indexes, to change to and back. */
  readonly changed?: Readonly<Record<string, IndexFixture>>;
  readonly operations: readonly Operation[];
  /** Names of tables that a hand may take out of the capture. */
  readonly followed: readonly string[];
}

/** A literal for text with whatever it holds. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
