/** What failed first, where closing what was open (`await using`) failed after it. */
export function primaryError(error: unknown): unknown {
  const later = error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error;
  return later ? primaryError(error.suppressed) : error;
}
