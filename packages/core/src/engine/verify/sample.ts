import type { DocumentBuilder, IndexPlan, KeyRange } from '../../contracts/index.ts';
import type { Sample } from './verify-options.ts';

/** Root rows in a range of a sample: small, so that it comes from many places of the table. */
const sampleRangeRows = 200;

/** What is to be compared. */
export interface Choice {
  readonly ranges: readonly KeyRange[];
  /** Of all rows, 0 to 1: that of the ranges, which is no less than what was asked for. */
  readonly share: number;
  /** Estimated rows of the table. */
  readonly rows: number;
}

/** Ranges of all rows, or as many chosen at random as make the sample. */
export async function chooseRanges(
  builder: DocumentBuilder,
  plan: IndexPlan,
  sample: Sample | null,
  rangeRows: number,
  random: () => number = Math.random,
): Promise<Choice> {
  const { ranges, rows } = await builder.split(plan, sample === null ? rangeRows : sampleRangeRows);
  if (sample === null) return { ranges, share: 1, rows };
  const asked = 'share' in sample ? sample.share : Math.min(1, sample.documents / Math.max(1, rows));
  const chosen = pick(ranges, Math.max(1, Math.ceil(ranges.length * asked)), random);
  // Whole ranges: of a small table that is far more than what was asked for.
  return { ranges: chosen, share: chosen.length / Math.max(1, ranges.length), rows };
}

/** So many of the items, each as likely as any other, in no order. */
function pick<Item>(items: readonly Item[], count: number, random: () => number): readonly Item[] {
  const shuffled = [...items];
  const picked: Item[] = [];
  for (let at = 0; at < Math.min(count, shuffled.length); at += 1) {
    const other = at + Math.floor(random() * (shuffled.length - at));
    const [item, chosen] = [shuffled[at], shuffled[other]];
    if (item === undefined || chosen === undefined) break;
    shuffled[other] = item;
    picked.push(chosen);
  }
  return picked;
}
