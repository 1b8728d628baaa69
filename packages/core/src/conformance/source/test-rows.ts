import type { RowValues } from '../../contracts/index.ts';

/** Text that breaks whoever quotes, escapes or splits it by hand. */
export const hardText = `O'Brien "Süd" \\ {北,京} \t\n 😀 \u00e9 e\u0301 null ::`;

/** Whole numbers that a JavaScript number cannot hold. */
export const hardNumbers = ['9007199254740993', '9223372036854775807', '-9223372036854775808'] as const;

export function customer(id: number | string, name: string | null = `customer ${id}`): RowValues {
  return { id: String(id), name };
}

export function order(
  region: string,
  number: number | string,
  customerId: number | string | null,
  more: RowValues = {},
): RowValues {
  return {
    region,
    number: String(number),
    customerId: customerId === null ? null : String(customerId),
    total: '9.50',
    note: 'note',
    ...more,
  };
}

export const orderKey = (region: string, number: number | string): RowValues => ({
  region,
  number: String(number),
});

/** The n-th item's key. */
export const itemId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** `of`: region and number of its order; null: of none. */
export function item(
  n: number,
  of: readonly [string, number | string] | null,
  title: string | null = `item ${n}`,
): RowValues {
  return {
    id: itemId(n),
    orderRegion: of?.[0] ?? null,
    orderNumber: of === null ? null : String(of[1]),
    title,
    quantity: '1',
  };
}
