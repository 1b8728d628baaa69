import type { Logger } from '@sluice/core';
import { createLogger } from './logger.ts';

/** For commands whose result is what they print: warnings and errors only, on stderr. */
export function quietLogger(): Logger {
  return createLogger({ format: 'logfmt', level: 'warn', write: (line) => process.stderr.write(line) });
}
