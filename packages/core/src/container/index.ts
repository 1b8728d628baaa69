export { openRun, type RunParts, type RunPlugins } from './open-run.ts';
export {
  createRunContainer,
  type RunContainer,
  type RunContainerOptions,
  type RunContext,
} from './run-container.ts';
export { type RunSink, tokens } from './tokens.ts';
