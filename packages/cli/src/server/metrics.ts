import type { Observer, RunPhase } from '@sluice/core';
import { followedStates, type GenerationStatus } from '@sluice/core/engine';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const phases: readonly RunPhase[] = [
  'connecting',
  'standing by',
  'provisioning',
  'backfilling',
  'live',
  'draining',
  'stopped',
];
const levels = ['fine', 'warning', 'limit'] as const;
/** What PostgreSQL says of a slot. */
const walStatuses = ['reserved', 'extended', 'unreserved', 'lost'] as const;

const stageBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const latencyBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export interface Metrics {
  readonly observer: Observer;
  readonly text: () => Promise<{ readonly text: string; readonly type: string }>;
}

/**
 * Counts what happens for Prometheus. `indexes`: what is followed when somebody asks. Labels
 * have the names of indexes, sinks and stages alone: they are bounded.
 */
export function collectMetrics(indexes: () => readonly GenerationStatus[]): Metrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `sluice_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `sluice_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[] = [],
  ) => new Histogram({ name: `sluice_${name}`, help, buckets, labelNames, registers });

  const captured = counter('changes_captured_total', 'Changes read from the source.');
  const capturedBytes = counter('changes_captured_bytes_total', 'What changes took when they were read.');
  const durable = counter('changes_durable_total', 'Changes that are durable in every required sink.');
  const positions = counter(
    'positions_acknowledged_total',
    'Positions that were acknowledged to the source.',
  );
  const latency = histogram(
    'commit_to_durable_seconds',
    'From commit in the source to durable in every required sink.',
    latencyBuckets,
  );
  const stage = histogram('stage_duration_seconds', 'What one step of a batch took.', stageBuckets, [
    'stage',
    'index',
  ]);
  const stageItems = counter(
    'stage_items_total',
    'What the steps were about: transactions, rows, documents.',
    ['stage', 'index'],
  );
  const place = ['index', 'sink'] as const;
  const written = counter('documents_written_total', 'Documents that a sink took.', [...place, 'source']);
  const deleted = counter('documents_deleted_total', 'Deletes that a sink took.', [...place, 'source']);
  const conflicted = counter('documents_conflicted_total', 'Documents older than what the sink held.', [
    ...place,
    'source',
  ]);
  const rejected = counter('documents_rejected_total', 'Documents that a sink refused.', place);
  const deadLetters = gauge('dead_letters', 'Documents that were put aside.', place);
  /** By index and sink, and then by generation. */
  const lettersOf = new Map<string, Map<number, number>>();
  const retries = counter('retries_total', 'Attempts after a failure.', ['what', 'name']);
  const up = gauge('up', '1 while the source or sink answers, 0 while it is waited for.', ['what', 'name']);
  const rows = gauge('backfill_rows', 'Rows read by the scan in progress, or by the last one.', place);
  const rowsInAll = gauge('backfill_expected_rows', 'Rows that a scan will read, estimated.', place);
  const filling = gauge('backfill_in_progress', '1 while rows are read.', [...place, 'kind']);
  const generation = gauge('index_generation', 'The generation that users search.', place);
  new Gauge({
    name: 'sluice_index_state',
    help: 'Generations of the index in this state.',
    labelNames: [...place, 'state'],
    registers,
    collect() {
      this.reset();
      for (const { index, sink, state } of indexes()) {
        for (const each of followedStates) this.inc({ index, sink, state: each }, each === state ? 1 : 0);
      }
    },
  });
  const phase = gauge('phase', '1 for what the process does now.', ['phase']);
  const retained = gauge('source_retained_bytes', 'Log or outbox that the source keeps for Sluice.', [
    'capture',
  ]);
  const outboxRows = gauge(
    'source_waiting_changes',
    'Changes that wait in the source, where that is known.',
    ['capture'],
  );
  const age = gauge('source_oldest_change_seconds', 'Age of the oldest change that is not acknowledged.', [
    'capture',
  ]);
  const safe = gauge('slot_safe_bytes', 'What can be written until the server lets go of the slot.', [
    'capture',
  ]);
  const level = gauge('source_safety', '1 for the level reached: fine, warning or limit.', [
    'capture',
    'level',
  ]);
  const walStatus = gauge('slot_wal_status', "1 for the slot's wal_status.", ['capture', 'status']);
  const releases = counter('source_releases_total', 'How often the source was made to let go at its limit.', [
    'capture',
  ]);
  const queueBatches = gauge('queue_batches', 'Batches between capture and sinks.');
  const queueBytes = gauge('queue_bytes', 'What they hold in memory.');
  const unfinished = gauge('groups_in_flight', 'Merged groups of batches that are not durable yet.');
  const warnings = counter('warnings_total', 'Warnings by code.', ['code']);

  const observer: Observer = {
    phase: (now) => {
      for (const each of phases) phase.set({ phase: each }, each === now ? 1 : 0);
      if (now === 'live' || now === 'backfilling') up.set({ what: 'source', name: 'source' }, 1);
    },
    captured: ({ changes, bytes }) => {
      captured.inc(changes);
      capturedBytes.inc(bytes);
    },
    durable: ({ changes, committedAt, at }) => {
      durable.inc(changes);
      if (committedAt !== null) latency.observe(Math.max(0, at - committedAt) / 1000);
    },
    acknowledged: () => positions.inc(),
    stage: ({ stage: name, index, ms, items }) => {
      const labels = { stage: name, index: index ?? '' };
      stage.observe(labels, ms / 1000);
      stageItems.inc(labels, items);
    },
    written: ({ index, sink, source, documents, deletes, conflicts }) => {
      const labels = { index, sink, source };
      written.inc(labels, documents);
      deleted.inc(labels, deletes);
      conflicted.inc(labels, conflicts);
    },
    rejected: ({ index, sink }) => rejected.inc({ index, sink }),
    deadLetters: ({ index, sink, generation: number, total }) => {
      const at = JSON.stringify([index, sink]);
      const letters = lettersOf.get(at) ?? new Map<number, number>();
      lettersOf.set(at, letters.set(number, total));
      deadLetters.set(
        { index, sink },
        [...letters.values()].reduce((sum, count) => sum + count, 0),
      );
    },
    retry: ({ what, name }) => {
      retries.inc({ what, name });
      up.set({ what, name }, 0);
    },
    recovered: ({ what, name }) => up.set({ what, name }, 1),
    backfill: ({ index, sink, kind, rows: read, total, done }) => {
      rows.set({ index, sink }, read);
      rowsInAll.set({ index, sink }, total);
      filling.set({ index, sink, kind }, done ? 0 : 1);
    },
    promoted: ({ index, sink, generation: number }) => generation.set({ index, sink }, number),
    health: ({ capture, health, level: reached }) => {
      retained.set({ capture }, health.retainedBytes ?? 0);
      if (health.changes !== undefined) outboxRows.set({ capture }, health.changes);
      if (health.oldestAge !== undefined) age.set({ capture }, health.oldestAge / 1000);
      if (health.safeBytes !== undefined) safe.set({ capture }, health.safeBytes);
      for (const each of levels) level.set({ capture, level: each }, each === reached ? 1 : 0);
      const status = health.details['wal_status'];
      if (status === undefined) return;
      for (const each of walStatuses) walStatus.set({ capture, status: each }, each === status ? 1 : 0);
    },
    released: ({ capture }) => releases.inc({ capture }),
    queued: ({ batches, bytes, unfinished: groups }) => {
      queueBatches.set(batches);
      queueBytes.set(bytes);
      unfinished.set(groups);
    },
    warning: ({ code }) => warnings.inc({ code }),
  };
  return { observer, text: async () => ({ text: await registry.metrics(), type: registry.contentType }) };
}
