import type { Deployment } from '../../e2e/harness/deployment.ts';
import { outboxSchema } from './capture-state.ts';
import { slots } from './slots.ts';

/** What the source counts as acknowledged, read without Sluice; null where it has no capture yet. */
export async function acknowledged({ database, capture }: Deployment): Promise<string | null> {
  if (capture === 'wal') return (await slots(database))[0]?.confirmed ?? null;
  const schema = await outboxSchema(database).catch(() => null);
  if (schema === null) return null;
  const [lease] = await database.query<{ acknowledged: string | null }>(
    `SELECT acknowledged FROM ${schema}.lease WHERE name = 'stream'`,
  );
  return lease?.acknowledged ?? null;
}

/** Whether one position (`16/B374D848`, or `term:sequence:marker`) lies before another. */
export function isBehind(one: string, other: string): boolean {
  const [a, b] = [one, other].map((position) =>
    position.includes('/')
      ? position.split('/').map((part) => BigInt(`0x${part}`))
      : position.split(':').map((part) => BigInt(part)),
  );
  for (const [at, part] of (a ?? []).entries()) {
    const against = b?.[at] ?? 0n;
    if (part !== against) return part < against;
  }
  return false;
}
