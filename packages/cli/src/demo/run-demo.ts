import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '@sluice/core';
import type { Palette } from '../output/palette.ts';
import { formatCount } from '../output/units.ts';
import { Resources } from '../resources.ts';
import { type Database, openDatabase } from './database.ts';
import type { DocumentView } from './document-view.ts';
import { type Deploy, startEngine } from './engine.ts';
import { openFarEnd } from './far-end.ts';
import { writeDemoFiles } from './files.ts';
import { type SinkChoice, startDemoPostgres, startDemoSearch } from './servers.ts';
import { createShop, describeShop } from './shop.ts';
import { isEqual, type Verification, verifyDocuments } from './verify.ts';
import { describeWatched, watchChange } from './watch.ts';
import { startWorkload, type Workload } from './workload.ts';

/** Changes per second that the shop makes beside the watched ones. */
const shopRate = 5;
/** How long documents may take to be equal once the shop is quiet, in ms. */
const settleLimit = 20_000;
/** Between two watched changes, in ms. */
const watchEvery = 1_000;

export interface DemoOptions {
  readonly sink: SinkChoice;
  /** An OpenSearch of the user's. The demo's indexes there have a prefix of their own. */
  readonly openSearchUrl: string | undefined;
  readonly postgresPort: number | undefined;
  /** ms until the shop closes and every document is verified; null: until the signal aborts. */
  readonly duration: number | null;
  /** Leave the configuration, and the indexes in a given OpenSearch. */
  readonly keep: boolean;
  readonly deploy: Deploy;
  readonly say: (line: string) => void;
  readonly palette: Palette;
  readonly signal: AbortSignal;
}

export interface DemoResult {
  readonly sink: 'opensearch' | 'stdout';
  /** Changes that the shop made; null when the demo was stopped before it closed. */
  readonly changes: number | null;
  /** Median ms from commit to document of the watched changes; null without any. */
  readonly latency: number | null;
  /** Empty when the demo was stopped before its end. */
  readonly verified: readonly { readonly index: string; readonly documents: number }[];
}

/**
 * A whole deployment, from an empty machine to documents that follow rows, and its removal.
 *
 * @throws SLUICE_DOCUMENTS_DIFFER when a document is not what its rows say at the end of `duration`
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { say, palette, signal } = options;
  await using resources = new Resources();
  const interrupted = rejectOnAbort(signal);
  const started = <Resource extends AsyncDisposable>(starting: Promise<Resource>): Promise<Resource> => {
    // Whatever starts after Ctrl-C must go, too.
    resources.defer(async () => (await starting.catch(() => null))?.[Symbol.asyncDispose]());
    return Promise.race([starting, interrupted]);
  };
  const step = (text: string) => say(`${palette.good('•')} ${text}`);
  const note = (text: string) => say(text.replace(/^/gm, '  '));

  say(palette.strong('A shop in Postgres, its documents in a search index, kept in step while you watch.'));
  say('');
  step('Starting a Postgres of its own.');
  const searching = startDemoSearch(options.sink, options.openSearchUrl, note);
  const searchStarted = started(
    searching.then((found) => ({
      ...found,
      [Symbol.asyncDispose]: async () => (found.kind === 'opensearch' ? found.server.stop() : undefined),
    })),
  );
  searchStarted.catch(() => undefined);
  const postgres = await started(startDemoPostgres(options.postgresPort, note));
  note(`Postgres ${postgres.version} at ${postgres.url}`);
  step('Filling the shop.');
  const databaseUrl = await createShop(postgres.url);
  const database = resources.use(await openDatabase(databaseUrl));
  note(await describeShop(database));

  if (options.sink !== 'stdout')
    step('Starting OpenSearch (some ten seconds; the first time it is downloaded).');
  const search = await searchStarted;
  const far = openFarEnd(search, options, resources);
  note(far.introduction);

  const files = resources.use(await writeDemoFiles(search.kind, far.prefix, options.keep));
  step(`Starting Sluice with ${files.config}`);
  note('First it fills the indexes from the rows that exist, then it follows changes.');
  const engine = startEngine(options.deploy, {
    config: files.config,
    environment: { ...process.env, DATABASE_URL: databaseUrl, OPENSEARCH_URL: far.url ?? '' },
    stdout: far.stdout,
    say: note,
  });
  resources.defer(() => engine.stop());
  await Promise.race([engine.live, engine.failed, interrupted]);

  const workload = resources.use(startWorkload(databaseUrl, shopRate));
  say('');
  step(
    `The shop is open: ${shopRate} changes a second, of which you see one. Ctrl-C ends and removes everything.`,
  );
  for (const line of far.lookYourself(databaseUrl)) note(line);
  say('');
  const latencies = await Promise.race([watchShop(options, workload, far.view), engine.failed]);
  const latency = median(latencies);
  if (signal.aborted || options.duration === null) {
    step(
      options.keep
        ? `Stopping. The configuration stays in ${files.folder}.`
        : 'Stopping, and removing everything.',
    );
    return { sink: search.kind, changes: null, latency, verified: [] };
  }
  say('');
  return await Promise.race([
    closeShop({ ...options, sink: search.kind, workload, database, view: far.view, latency }),
    engine.failed,
    interrupted,
  ]);
}

/** One watched change a second, until the time is over. Resolves to the latencies seen, in ms. */
async function watchShop(
  { duration, say, palette, signal }: DemoOptions,
  workload: Workload,
  view: DocumentView,
): Promise<readonly number[]> {
  const end = duration === null ? Number.POSITIVE_INFINITY : Date.now() + duration;
  const latencies: number[] = [];
  while (!signal.aborted && Date.now() < end) {
    const nextAt = Date.now() + watchEvery;
    const watched = await watchChange(workload, view, signal);
    if (signal.aborted) break;
    const [row = '', ...document] = describeWatched(watched);
    say(`${palette.faint(new Date().toTimeString().slice(0, 8))}  ${row}`);
    for (const line of document) say(`        ${palette.name(line)}`);
    if (watched.latency !== null) latencies.push(watched.latency);
    const rest = Math.min(nextAt, end) - Date.now();
    if (rest > 0) await sleep(rest, undefined, { signal }).catch(() => undefined);
  }
  return latencies;
}

async function closeShop(shop: {
  readonly sink: 'opensearch' | 'stdout';
  readonly workload: Workload;
  readonly database: Database;
  readonly view: DocumentView;
  readonly latency: number | null;
  readonly say: (line: string) => void;
  readonly palette: Palette;
}): Promise<DemoResult> {
  const { sink, workload, database, view, latency, say, palette } = shop;
  const changes = await workload.stop();
  say(
    `${palette.good('•')} The shop closed after ${formatCount(changes)} changes. Comparing every document with its rows.`,
  );
  const found = await verifyDocuments(database, view, Date.now() + settleLimit);
  for (const verification of found) say(`  ${describeVerification(verification)}`);
  if (!found.every(isEqual)) {
    throw new SluiceError('SLUICE_DOCUMENTS_DIFFER', found.map(describeVerification).join('\n'), {
      hint: 'This is a bug. Please report it with the output above.',
    });
  }
  return { sink, changes, latency, verified: found.map(({ index, documents }) => ({ index, documents })) };
}

function describeVerification(verification: Verification): string {
  const { index, documents, missing, extra, different } = verification;
  if (isEqual(verification))
    return `${index}: all ${formatCount(documents)} documents are equal to their rows`;
  const [example = [...missing, ...extra][0]] = different;
  return `${index}: ${missing.length} missing, ${extra.length} too many, ${different.length} different of ${documents}, for example ${example}`;
}

/** Rejects when the signal aborts; never resolves. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  interrupted.catch(() => undefined);
  return interrupted;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
