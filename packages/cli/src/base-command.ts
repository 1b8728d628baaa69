import { Command, Flags } from '@oclif/core';
import { booleanVariableProblem, flagValueProblem, withoutArguments } from './command-line-problems.ts';
import { printEnvelope, successEnvelope } from './output/envelope.ts';
import { withoutSecrets } from './output/hidden-secrets.ts';
import { wantsJson } from './output/json-flag.ts';
import { type Palette, paletteFor } from './output/palette.ts';
import { visibleOutput } from './output/visible-output.ts';

/**
 * What all commands share: `--config` and `--json`, the envelope, colours. What `run` returns is
 * the envelope's data. Commands import what is heavy inside `run`, so that help stays quick.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    config: Flags.string({
      char: 'c',
      summary: 'Configuration file. Default: sluice.yaml in the working directory.',
      env: 'SLUICE_CONFIG',
      helpGroup: 'GLOBAL',
    }),
    json: Flags.boolean({
      summary: 'Print one JSON document: {"ok": true, "data"} or {"ok": false, "error"}.',
      env: 'SLUICE_JSON',
      helpGroup: 'GLOBAL',
    }),
  };

  /** Colours for stdout. */
  protected get palette(): Palette {
    return paletteFor(process.stdout, process.env);
  }

  override jsonEnabled(): boolean {
    return wantsJson(this.argv, process.env);
  }

  /** What a database, a sink or a file says of itself must not command the terminal; our own colours may. */
  override log(message = ''): void {
    super.log(visibleOutput(message));
  }

  override logToStderr(message = ''): void {
    super.logToStderr(visibleOutput(withoutSecrets(message)));
  }

  /** oclif's own would be coloured and fail on a bigint. */
  override logJson(data: unknown): void {
    process.stdout.write(`${printEnvelope(successEnvelope(data))}\n`);
  }

  /** What a variable says is a mistake where it says neither yes nor no: oclif would take it for no. */
  override async init(): Promise<void> {
    await super.init();
    const problem = booleanVariableProblem({ ...this.ctor.baseFlags, ...this.ctor.flags }, process.env);
    if (problem !== null) throw problem;
  }

  /** Errors are reported in one place, `main`, whatever the command. */
  protected override async catch(error: Error): Promise<never> {
    throw withoutArguments(error, this.ctor) ?? flagValueProblem(error) ?? error;
  }
}
