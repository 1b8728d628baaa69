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

/** The capture that a run of the suite is about: SLUICE_TEST_CAPTURE, or the log. */
export function captureUnderTest(environment: NodeJS.ProcessEnv = process.env): CaptureName {
  const name = environment['SLUICE_TEST_CAPTURE'] || 'wal';
  if (isCapture(name)) return name;
  throw new Error(`SLUICE_TEST_CAPTURE is ${name}; it can be ${Object.keys(captures).join(' or ')}.`);
}

function isCapture(name: string): name is CaptureName {
  return Object.hasOwn(captures, name);
}
