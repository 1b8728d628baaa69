// The public types of @sluice/core/testkit. Written by `npm run api`; do not edit.
import type { CaptureDriver, ConformanceCheck, DocumentBuilderDriver, QueueDriver, SinkDriver } from '@sluice/core/conformance';
import type { Plugin } from '@sluice/core';

/** Makes a test of every promise of `ChangeCapture`. Give tests against a server time: two minutes each. */
export declare function describeCapture(name: string, driver: CaptureDriver): void;

/** Makes a test of each check; one that does not concern the driver is shown as skipped, with the reason. */
export declare function describeChecks<Driver>(name: string, checks: readonly ConformanceCheck<Driver>[], driver: Driver): void;

/** Makes a test of every promise of `DocumentBuilder`. Give tests against a server time: two minutes each. */
export declare function describeDocumentBuilder(name: string, driver: DocumentBuilderDriver): void;

/** Makes a test of every promise that a plugin makes of its options, whatever its kind. */
export declare function describePlugin(plugin: Plugin): void;

/** Tests every promise of `Queue` against the queue behind the driver, and cleans up afterwards. */
export declare function describeQueue(name: string, driver: QueueDriver): void;

/** Tests every promise of `Sink` against the sink behind the driver, and cleans up afterwards. */
export declare function describeSink(name: string, driver: SinkDriver): void;
