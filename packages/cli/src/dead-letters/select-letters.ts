import { type DeadLetter, SluiceError } from '@sluice/core';
import { type LoadedConfig, suggestionHint } from '@sluice/core/config';
import { type DeadLetterBox, deadLetterBoxes } from '@sluice/core/engine';
import type { Deployment } from '../deployment.ts';

/** Which letters a command line means: all, those of an index, or the one of a row. */
export interface Selection {
  readonly index: string | undefined;
  /** The values of the row's key, or the document's id alone; none: every letter of the index. */
  readonly key: readonly string[];
}

/** A box with the letters in it that were meant, read as it goes. */
export interface SelectedBox {
  readonly box: DeadLetterBox;
  letters(): AsyncIterable<readonly DeadLetter[]>;
}

/**
 * The boxes of all sinks that may hold letters of the selection.
 *
 * @throws SLUICE_USAGE for an index that neither the configuration nor a sink knows
 */
export async function selectLetters(
  { config, sinks }: Pick<Deployment<'sinks'>, 'config' | 'sinks'>,
  { index, key }: Selection,
): Promise<readonly SelectedBox[]> {
  const boxes = await deadLetterBoxes(sinks);
  if (index !== undefined) requireIndex(index, config, boxes);
  return boxes
    .filter(({ record }) => index === undefined || record.index === index)
    .map((box) => ({ box, letters: () => matching(box.list(), key) }));
}

function requireIndex(index: string, { indexes }: LoadedConfig, boxes: readonly DeadLetterBox[]): void {
  const known = new Set([...indexes.map(({ name }) => name), ...boxes.map(({ record }) => record.index)]);
  if (known.has(index)) return;
  throw new SluiceError('SLUICE_USAGE', `The configuration has no index "${index}".`, {
    hint: suggestionHint(index, [...known]),
  });
}

async function* matching(
  pages: AsyncIterable<readonly DeadLetter[]>,
  key: readonly string[],
): AsyncGenerator<readonly DeadLetter[]> {
  for await (const page of pages) {
    const meant = key.length === 0 ? page : page.filter((letter) => isMeant(letter, key));
    if (meant.length > 0) yield meant;
  }
}

function isMeant(letter: DeadLetter, key: readonly string[]): boolean {
  if (key.length === 1 && letter.id === key[0]) return true;
  return letter.key.length === key.length && letter.key.every((value, at) => value === key[at]);
}

/** What to say where a row has no letter. */
export function notFound(index: string, key: readonly string[]): SluiceError {
  return new SluiceError(
    'SLUICE_DEAD_LETTER_NOT_FOUND',
    `There is no dead letter ${index} ${key.join(' ')}.`,
    {
      hint: `\`sluice dead-letters list ${index}\` lists those that there are. A letter goes when its document is accepted or its row is deleted.`,
    },
  );
}
