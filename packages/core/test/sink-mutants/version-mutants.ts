import { encodeVersion } from '../../src/version.ts';
import { type Held, place, tally } from '../reference-sink.ts';
import { changing, deciding, reporting, type SinkMutant } from './mutant.ts';

export const versionMutants: readonly SinkMutant[] = [
  {
    flaw: 'ignores versions',
    breaks: 'leaves an older document out',
    mutate: deciding(({ store }) => store()),
  },
  {
    flaw: 'counts a conflict as accepted',
    breaks: 'leaves an older document out',
    mutate: reporting((report) => ({
      ...report,
      accepted: report.accepted + report.conflicts,
      conflicts: 0,
      highestHeld: null,
    })),
  },
  {
    flaw: 'rejects what is older',
    breaks: 'leaves an older document out',
    mutate: deciding(({ held, version, store }) =>
      held !== undefined && held.version > version ? { reason: 'version conflict' } : store(),
    ),
  },
  {
    flaw: 'forgets highestHeld',
    breaks: 'leaves an older document out',
    mutate: reporting((report) => ({ ...report, highestHeld: null })),
  },
  {
    flaw: 'names the version that came instead of the one held',
    breaks: 'leaves an older document out',
    mutate: deciding(({ held, version, store }) =>
      held !== undefined && held.version > version ? version : store(),
    ),
  },
  {
    flaw: 'names the version held of the last conflict, not the highest',
    breaks: 'leaves an older document out',
    mutate: (sink, store) => ({
      ...sink,
      async write(request) {
        const held = request.documents.map(
          (document) => store.index(request.generation).held.get(place(document))?.version ?? -1n,
        );
        const report = await sink.write(request);
        if (report.conflicts === 0) return report;
        const older = held.filter((version, n) => version > (request.documents[n]?.version ?? 0n));
        return { ...report, highestHeld: older.at(-1) ?? null };
      },
    }),
  },
  {
    flaw: 'compares with what it wrote itself, not with what the store holds',
    breaks: 'what another instance holds',
    mutate: (sink, store) => {
      const own = new Map<string, bigint>();
      return {
        ...sink,
        async write({ generation, epoch, documents, signal }) {
          signal.throwIfAborted();
          const { held } = store.index(generation);
          return tally(documents, (document) => {
            const version = encodeVersion(epoch, document.version);
            const before = own.get(place(document));
            if (before !== undefined && before > version) return before;
            own.set(place(document), version);
            held.set(place(document), { ...document, version });
            return null;
          });
        },
      };
    },
  },
  {
    flaw: 'takes an equal version for an older one',
    breaks: 'accepts an equal version',
    mutate: deciding(({ held, version, store }) =>
      held !== undefined && held.version >= version ? held.version : store(),
    ),
  },
  {
    flaw: 'accepts an equal version and keeps the state before',
    breaks: 'accepts an equal version',
    mutate: deciding(({ held, version, store }) => {
      if (held === undefined || held.version < version) return store();
      return held.version > version ? held.version : null;
    }),
  },
  {
    flaw: 'resurrects after a delete',
    breaks: 'keeps an older document out after a delete',
    mutate: deciding(({ document, held, version, store, forget }) => {
      if (held !== undefined && held.version > version) return held.version;
      return document.body === null ? forget() : store();
    }),
  },
  {
    flaw: 'remembers a delete only where there was something to delete',
    breaks: 'after the delete of one that was never there',
    mutate: deciding(({ document, held, version, store }) => {
      if (held !== undefined && held.version > version) return held.version;
      return document.body === null && held === undefined ? null : store();
    }),
  },
  {
    flaw: 'deletes without comparing versions',
    breaks: 'leaves an older delete out',
    mutate: deciding(({ document, held, version, store }) =>
      document.body !== null && held !== undefined && held.version > version ? held.version : store(),
    ),
  },
  {
    flaw: 'leaves the epoch out of versions',
    breaks: 'a raised epoch',
    mutate: (sink) => ({ ...sink, write: (request) => sink.write({ ...request, epoch: 0 }) }),
  },
  {
    flaw: 'swaps epoch and version',
    breaks: 'a raised epoch',
    mutate: deciding(({ version, held, store }) => {
      const low = 2n ** 48n - 1n;
      const swapped = ((version & low) << 16n) + (version >> 48n);
      return held !== undefined && held.version > swapped ? held.version : store(swapped);
    }),
  },
  {
    flaw: 'compares versions as floats',
    breaks: 'a raised epoch',
    mutate: deciding(({ held, version, store }) =>
      held !== undefined && Number(held.version) > Number(version) ? held.version : store(),
    ),
  },
  {
    flaw: 'names the version held as a float',
    breaks: 'a raised epoch',
    mutate: reporting((report) => ({
      ...report,
      highestHeld: report.highestHeld === null ? null : BigInt(Number(report.highestHeld)),
    })),
  },
  {
    flaw: 'looks a version up, and writes a moment later',
    breaks: 'whatever the order of writes',
    mutate: (sink, store) => ({
      ...sink,
      async write({ generation, epoch, documents, signal }) {
        signal.throwIfAborted();
        await store.ask();
        const { held } = store.index(generation);
        const before = new Map<string, Held>(held);
        await store.ask();
        return tally(documents, (document) => {
          const version = encodeVersion(epoch, document.version);
          const seen = before.get(place(document));
          if (seen !== undefined && seen.version > version) return seen.version;
          held.set(place(document), { ...document, version });
          return null;
        });
      },
    }),
  },
  {
    flaw: 'compares versions although it says that it cannot',
    breaks: 'where it compares no versions',
    ordering: 'in-order',
    mutate: deciding(({ held, version, store }) =>
      held !== undefined && held.version > version ? held.version : store(),
    ),
  },
  {
    flaw: 'writes in order and never deletes',
    breaks: 'where it compares no versions',
    ordering: 'in-order',
    mutate: changing((document) => ({ ...document, body: document.body ?? '{}' })),
  },
];
