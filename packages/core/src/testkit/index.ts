export { describeCapture } from './describe-capture.ts';
export { describeChecks } from './describe-checks.ts';
export { describeDocumentBuilder } from './describe-document-builder.ts';
export { describePlugin } from './describe-plugin.ts';
export { describeQueue } from './describe-queue.ts';
export { describeSink } from './describe-sink.ts';
