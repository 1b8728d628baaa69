/** Told to look often, so that tests need not wait. */
const wal = { poll_interval: '500ms' } as const;
const triggers = { poll_interval: '100ms', watch_interval: '500ms', lease: '2s' } as const;

/** What a capture is called in a configuration. */
export const captures = {
  wal: { plugin: 'wal', ...wal },
  triggers: { plugin: 'triggers', ...triggers },
  auto: { plugin: 'auto', wal, triggers },
} as const satisfies Record<string, object>;

export type CaptureName = keyof typeof captures;

/** A capture that has something in the source. */
export type Mechanism = Exclude<CaptureName, 'auto'>;

/** The capture that a run of the suite is about: SLUICE_TEST_CAPTURE, or the log. */
export function captureUnderTest(environment: NodeJS.ProcessEnv = process.env): Mechanism {
  const name = environment['SLUICE_TEST_CAPTURE'] || 'wal';
  if (name === 'wal' || name === 'triggers') return name;
  throw new Error(`SLUICE_TEST_CAPTURE is ${name}; it can be wal or triggers.`);
}
