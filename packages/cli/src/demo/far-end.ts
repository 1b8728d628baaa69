import type { Resources } from '../resources.ts';
import type { DocumentView } from './document-view.ts';
import { removeIndexes } from './opensearch-cleanup.ts';
import { openSearchRequest } from './opensearch-request.ts';
import { openSearchView } from './opensearch-view.ts';
import type { DemoSearch } from './servers.ts';
import { stdoutView } from './stdout-view.ts';

/** Where the documents end, and how to look at them. */
export interface FarEnd {
  readonly view: DocumentView;
  readonly url: string | null;
  readonly prefix: string;
  readonly stdout: NodeJS.WritableStream;
  readonly introduction: string;
  readonly lookYourself: (databaseUrl: string) => readonly string[];
}

export interface FarEndOptions {
  /** The user's OpenSearch, if it is that. */
  readonly openSearchUrl: string | undefined;
  /** Leave what was written to it. */
  readonly keep: boolean;
  readonly say: (line: string) => void;
}

/** Opens the place where documents land; what it must leave clean goes into `resources`. */
export function openFarEnd(
  search: DemoSearch,
  { openSearchUrl, keep, say }: FarEndOptions,
  resources: Resources,
): FarEnd {
  if (search.kind === 'stdout') {
    const { view, stdout } = stdoutView();
    return {
      view,
      stdout,
      url: null,
      prefix: '',
      introduction: `${search.reason === null ? '' : `${search.reason}\n`}Documents go to the stdout sink, and are kept in memory here to show them.`,
      lookYourself: (databaseUrl) => [`psql ${databaseUrl}`],
    };
  }
  const { server } = search;
  const prefix = openSearchUrl === undefined ? '' : `sluice_demo_${process.pid}_`;
  const request = openSearchRequest(server.url);
  if (prefix !== '' && !keep) {
    resources.defer(async () => {
      const removed = await removeIndexes(request, prefix);
      say(`Removed ${removed.length} indexes that began with ${prefix}.`);
    });
  }
  return {
    view: openSearchView(request, prefix),
    url: server.url,
    prefix,
    stdout: process.stdout,
    introduction: `OpenSearch ${server.version} at ${server.url} (${originText[server.origin]})`,
    lookYourself: (databaseUrl) => [
      `psql ${databaseUrl}`,
      `curl '${server.url.replace(/\/$/, '')}/${prefix}customers/_search?pretty&q=city:Oslo'`,
    ],
  };
}

const originText = { given: 'yours', container: 'in a container', embedded: 'on the Java here' } as const;
