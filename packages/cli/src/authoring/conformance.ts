import { type PluginKind, SluiceError } from '@sluice/core';
import {
  type CaptureDriver,
  type CheckResult,
  type ConformanceCheck,
  captureChecks,
  type DocumentBuilderDriver,
  documentChecks,
  driverOf,
  pluginChecks,
  type QueueDriver,
  queueChecks,
  runChecks,
  type SinkDriver,
  sinkChecks,
} from '@sluice/core/conformance';
import { type ExaminedPackage, importDriver } from '@sluice/core/plugins';

/** One promise of a plugin, ready to be put to the test. */
export interface Trial {
  readonly name: string;
  run(deadlineMs: number): Promise<CheckResult>;
}

export interface Trials extends AsyncDisposable {
  readonly trials: readonly Trial[];
  /** Why none of the checks of its kind is among them; null where they are. */
  readonly withoutDriver: string | null;
}

/**
 * The checks that concern a plugin: those of its options, and those of its kind, on the driver that
 * its manifest names. Disposal has the driver remove what the checks made.
 *
 * @throws SLUICE_PLUGIN_INVALID where the driver is not one.
 */
export async function trialsOf(found: ExaminedPackage): Promise<Trials> {
  const ofOptions = trials(pluginChecks, found.plugin);
  const { conformance } = found.manifest;
  if (conformance === undefined) {
    return {
      trials: ofOptions,
      withoutDriver: `its manifest names no \`conformance\` driver, so nothing of what a ${found.manifest.kind} promises was checked`,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const driver = await makeDriver(found, conformance);
  const cleanUp = typeof driver['cleanUp'] === 'function' ? driver['cleanUp'] : undefined;
  return {
    trials: [...ofOptions, ...ofKind(found.manifest.kind, driver, conformance)],
    withoutDriver: null,
    [Symbol.asyncDispose]: async () => {
      await cleanUp?.call(driver);
    },
  };
}

/** A driver is foreign code: its members are looked at before it is taken for one. */
type Members = Readonly<Record<string, unknown>>;

async function makeDriver(found: ExaminedPackage, path: string): Promise<Members> {
  const exported = await importDriver(found);
  let driver: unknown;
  try {
    driver = await driverOf(exported);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SluiceError(
      'SLUICE_PLUGIN_INVALID',
      `The conformance driver in ${path} cannot be made: ${message}`,
      {
        cause: error,
      },
    );
  }
  if (isMembers(driver)) return driver;
  throw noDriver(path, 'its default export is neither a driver nor a function that makes one');
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

function ofKind(kind: PluginKind, driver: Members, path: string): readonly Trial[] {
  switch (kind) {
    case 'sink':
      assertDriver<SinkDriver>(driver, { claims: 'object', open: 'function', read: 'function' }, path);
      return trials(sinkChecks, driver);
    case 'queue':
      assertDriver<QueueDriver>(driver, { durable: 'boolean', bound: 'object', open: 'function' }, path);
      return trials(queueChecks, driver);
    case 'capture':
      assertDriver<CaptureDriver>(driver, { start: 'function' }, path);
      return trials(captureChecks, driver);
    case 'documents':
      assertDriver<DocumentBuilderDriver>(driver, { start: 'function' }, path);
      return trials(documentChecks, driver);
  }
}

function assertDriver<Driver>(
  driver: Members,
  members: Partial<Readonly<Record<keyof Driver, string>>>,
  path: string,
): asserts driver is Members & Driver {
  const wrong = Object.entries(members).flatMap(([name, type]) =>
    typeof driver[name] === type ? [] : [`\`${name}\` (${type})`],
  );
  if (wrong.length > 0) throw noDriver(path, `it lacks ${wrong.join(', ')}`);
}

function noDriver(path: string, why: string): SluiceError {
  return new SluiceError('SLUICE_PLUGIN_INVALID', `The conformance driver in ${path} is not one: ${why}.`, {
    hint: 'The types of all drivers are in @sluice/core/conformance.',
  });
}

function trials<Driver>(checks: readonly ConformanceCheck<Driver>[], driver: Driver): readonly Trial[] {
  return checks.map((check) => ({
    name: check.name,
    async run(deadlineMs) {
      const [result] = await runChecks([check], driver, { deadlineMs });
      if (result === undefined) throw new Error(`The check "${check.name}" gave no result`);
      return result;
    },
  }));
}
