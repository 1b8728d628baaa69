import { visibleText } from '@sluice/core';

/** The colours that a palette sets, and nothing else that begins with an escape. */
const colour = new RegExp(`(${'\u001b'}\\[(?:1|2|22|31|32|33|36|39)m)`);

/** What a command says, with our own colours, but without anything else that commands a terminal. */
export function visibleOutput(text: string): string {
  return text
    .split(colour)
    .map((part, at) => (at % 2 === 1 ? part : visibleText(part)))
    .join('');
}
