import { type DocumentBuilderDriver, documentChecks } from '../conformance/index.ts';
import { describeChecks } from './describe-checks.ts';

/** Makes a test of every promise of `DocumentBuilder`. Give tests against a server time: two minutes each. */
export function describeDocumentBuilder(name: string, driver: DocumentBuilderDriver): void {
  describeChecks(name, documentChecks, driver);
}
