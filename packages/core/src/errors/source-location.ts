/** A place in a file, 1-based, columns in UTF-16 units. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many columns are meant, for the carets; 1 if absent. */
  readonly length?: number;
}
