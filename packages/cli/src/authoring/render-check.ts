import type { CheckResult } from '@sluice/core/conformance';
import type { Palette } from '../output/palette.ts';

/** A line for one check; beneath it what was seen, where the promise is broken. */
export function renderCheck(result: CheckResult, palette: Palette): string {
  switch (result.outcome) {
    case 'passed':
      return `${palette.good('✓')} ${result.name}`;
    case 'not concerned':
      return palette.faint(`- ${result.name} (not concerned: ${result.reason})`);
    case 'failed': {
      const seen = result.error.message.replaceAll('\n', '\n    ');
      return `${palette.bad('✗')} ${palette.strong(result.name)}\n    ${seen}`;
    }
  }
}
