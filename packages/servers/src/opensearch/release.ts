import type { OpenSearchLine } from './options.ts';

/** One version that can be run without a container. */
export interface Release {
  readonly line: OpenSearchLine;
  readonly version: string;
  /** The oldest Java that runs it. */
  readonly java: number;
  readonly download: string;
}

/** Newest first. */
export const releases: readonly Release[] = [
  { line: '3.4', version: '3.4.0', java: 21, download: '130 MB' },
  { line: '2.19', version: '2.19.4', java: 11, download: '60 MB' },
];

/** A Java installation. */
export interface Java {
  readonly home: string;
  /** The feature version: 21 of "21.0.5", 8 of "1.8.0_392". */
  readonly feature: number;
}

/** What to run with what, or why nothing can be run. */
export type RunPlan =
  | { readonly release: Release; readonly java: Java }
  | { readonly release: undefined; readonly needed: number; readonly found: readonly Java[] };

/**
 * The newest release that some Java here runs, on the oldest Java that is new enough: that is the one
 * the release was made for.
 */
export function planRun(found: readonly Java[], line?: OpenSearchLine): RunPlan {
  const wanted = releases.filter((release) => line === undefined || release.line === line);
  for (const release of wanted) {
    const fit = found.filter(({ feature }) => feature >= release.java).sort((a, b) => a.feature - b.feature);
    const [java] = fit;
    if (java !== undefined) return { release, java };
  }
  return { release: undefined, needed: Math.min(...wanted.map(({ java }) => java)), found };
}

/** The feature version in a JDK's `release` file, or `undefined` where there is none. */
export function featureVersion(releaseFile: string): number | undefined {
  const [, version] = /^JAVA_VERSION="([^"]+)"/m.exec(releaseFile) ?? [];
  if (version === undefined) return undefined;
  const [first, second] = version.split(/[._+-]/);
  const feature = Number(first === '1' ? second : first);
  return Number.isInteger(feature) ? feature : undefined;
}
