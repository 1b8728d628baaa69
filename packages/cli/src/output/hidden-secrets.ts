import type { Redactor } from '@sluice/core/config';

/** Until a configuration is read nothing is known to be secret. */
const known: Redactor[] = [];

/**
 * From now on nothing that this process prints of errors and events holds a secret of this configuration.
 * For the process, since the last word about an error is said where no configuration is known any more.
 */
export function hideSecretsOf(redactor: Redactor): void {
  known.push(redactor);
}

/** The text without any secret. */
export function withoutSecrets(text: string): string {
  return known.reduce((result, redactor) => redactor.text(result), text);
}
