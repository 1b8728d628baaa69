import type { Deployment } from '../../e2e/harness/deployment.ts';

interface Report {
  readonly data?: {
    readonly verifications?: readonly { readonly index: string; readonly compared?: number }[];
  };
}

/**
 * What `sluice verify` says of a deployment in which every document is right; empty where it says so too.
 *
 * @param documents how many there are
 */
export async function verified(site: Deployment, documents: number): Promise<readonly string[]> {
  const { code, output, log } = await site.command('verify', '--json');
  if (code !== 0)
    return [
      `sluice verify ended with ${code}, though every document is right: ${(output + log).slice(0, 2_000)}`,
    ];
  const { data }: Report = JSON.parse(output);
  // The marker is an index of one document, too.
  const compared = (data?.verifications ?? []).reduce((sum, each) => sum + (each.compared ?? 0), 0);
  return compared === documents + 1
    ? []
    : [`sluice verify compared ${compared} documents of ${documents + 1}`];
}
