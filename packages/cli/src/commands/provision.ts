import { Flags } from '@oclif/core';
import {
  type CaptureRequirements,
  type ChangeCapture,
  isSluiceError,
  type ProvisionOptions,
  type ProvisionScript,
  SluiceError,
} from '@sluice/core';
import { BaseCommand } from '../base-command.ts';

interface Outcome {
  readonly action: 'provisioned' | 'removed' | 'printed';
  /** What ran, or what a role that may would run. */
  readonly statements: readonly string[];
}

export default class Provision extends BaseCommand {
  static override summary = 'Make what the capture needs in the source, print it for a DBA, or remove it.';
  static override description =
    'Safe to repeat. `run` does the same by itself, where the role may; this is for when another role must, or to see beforehand what it would be. With `capture: auto` the sinks are asked what the indexes follow, as `run` does. `--remove` takes away every capture that the configuration allows or the sinks remember.';
  static override examples = [
    '<%= config.bin %> provision',
    '<%= config.bin %> provision --print > for-the-dba.sql',
    '<%= config.bin %> provision --remove',
  ];

  static override flags = {
    print: Flags.boolean({
      summary: 'Print the SQL and change nothing. Exits with 3 where the configured role may not run it.',
      env: 'SLUICE_PROVISION_PRINT',
      exclusive: ['remove'],
    }),
    remove: Flags.boolean({
      summary: 'Remove everything that Sluice made in the source, and restore what it altered.',
      env: 'SLUICE_PROVISION_REMOVE',
    }),
  };

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Provision);
    const [{ readConfiguration, openDeployment }, { untilStopped }, { quietLogger }, { bindAll }, checks] =
      await Promise.all([
        import('../deployment.ts'),
        import('../signals.ts'),
        import('../log/quiet-logger.ts'),
        import('../binding.ts'),
        import('../check/check-source.ts'),
      ]);
    const { coverageError, inspectCoverage } = checks;
    const config = await readConfiguration(flags);
    const { result, exitCode } = await untilStopped(async (signal) => {
      await using deployment = await openDeployment(this.config, config, {
        logger: quietLogger(),
        parts: ['capture', 'documents', 'sinks'],
      });
      const options = { signal, onWait: (message: string) => this.logToStderr(message) };
      if (flags.remove) {
        const removed = await this.#removeAll(deployment, options);
        this.log(removed.length === 0 ? 'There was nothing of Sluice to remove.' : removed.join('\n'));
        return { action: 'removed' as const, statements: removed };
      }
      const { requirements } = await bindAll(deployment);
      const capture = await this.#chosen(deployment, requirements, flags.print);
      const coverage = await inspectCoverage(capture, requirements);
      if (!flags.print) {
        const blocked = await coverageError(capture, requirements, coverage);
        if (blocked !== null) throw blocked;
        const { statements } = await capture.provision(requirements, options);
        this.log(
          statements.length === 0 ? 'The source has all that the capture needs.' : statements.join('\n'),
        );
        return { action: 'provisioned' as const, statements };
      }
      const script = await capture.script(requirements);
      const text = renderScript(script);
      // To a file or to psql every character as it is, to a terminal none that commands it.
      if (process.stdout.isTTY === true || this.jsonEnabled()) this.log(text);
      else process.stdout.write(`${text}\n`);
      const { blocking } = coverage;
      if (blocking.length > 0) {
        const hint = this.jsonEnabled() ? text : 'The SQL on standard output is for one that may.';
        throw notAllowed(
          blocking.map(({ message }) => message),
          hint,
        );
      }
      return {
        action: 'printed' as const,
        statements: script.sections.flatMap((section) => section.statements),
      };
    });
    if (exitCode !== null) process.exitCode = exitCode;
    return result;
  }

  /**
   * Where there is a choice, what the indexes follow decides it, as in a run. Where none is possible
   * yet, what is printed is for the last of them, which asks the least.
   */
  async #chosen(
    deployment: import('../deployment.ts').Deployment<'capture' | 'sinks'>,
    requirements: CaptureRequirements,
    print: boolean,
  ): Promise<ChangeCapture> {
    const [first, ...others] = deployment.capture.allowed;
    if (others.length === 0) return first.capture;
    const [{ decideCapture, readSinkRecords }, { describeChoice }] = await Promise.all([
      import('../capture-decision.ts'),
      import('@sluice/core/engine'),
    ]);
    const records = await readSinkRecords(deployment);
    const decision = await decideCapture(deployment, requirements, records).catch((error: unknown) => {
      if (print && isSluiceError(error) && error.code === 'SLUICE_CAPTURE_NOT_PROVISIONED') return null;
      throw error;
    });
    if (decision === null) {
      const { plugin, capture } = others.at(-1) ?? first;
      this.logToStderr(
        `capture: auto can take none as it is; the SQL is for ${plugin.name}. For another one name it in the configuration.`,
      );
      return capture;
    }
    const told = describeChoice(decision);
    if (told !== null) this.logToStderr(told);
    return (decision.switchTo ?? decision.follow).capture;
  }

  /** Of every capture that the configuration allows, and that the indexes follow or once followed. */
  async #removeAll(
    deployment: import('../deployment.ts').Deployment<'capture' | 'sinks'>,
    options: ProvisionOptions,
  ): Promise<readonly string[]> {
    const { rememberedCaptures } = await import('../capture-decision.ts');
    const { allowed, reopen } = deployment.capture;
    const { plugins, unknown } = await rememberedCaptures(deployment);
    for (const why of unknown) {
      this.logToStderr(`warning: what an earlier configuration named is not known: ${why}`);
    }
    const removed: string[] = [];
    const unable: Error[] = [];
    for (const { plugin, capture } of allowed) {
      try {
        removed.push(...(await capture.deprovision(options)));
      } catch (error) {
        // One that cannot work here, as the log behind a pooler, does not keep the others from going.
        const unsupported = isSluiceError(error) && error.code === 'SLUICE_SOURCE_UNSUPPORTED';
        if (!unsupported || allowed.length === 1) throw error;
        if (plugins.some(({ name }) => name === plugin.name)) unable.push(error);
        else
          this.logToStderr(
            `warning: whether ${plugin.name} has anything there is not known: ${error.message}`,
          );
      }
    }
    for (const plugin of plugins) {
      if (allowed.some((each) => each.plugin.name === plugin.name)) continue;
      const { capture } = await reopen(plugin);
      removed.push(...(await capture.deprovision(options)));
    }
    const [failure] = unable;
    if (failure === undefined) return removed;
    if (removed.length > 0) this.log(removed.join('\n'));
    throw failure;
  }
}

/** A script to review: each section with its title, statements ended by semicolons. */
function renderScript({ sections }: ProvisionScript): string {
  if (sections.every(({ statements }) => statements.length === 0))
    return '-- The source has all that the capture needs.';
  return sections
    .map(({ title, statements }) => [comment(title), ...statements.map(ended)].join('\n'))
    .join('\n\n');
}

/** A title may name tables, and a name may hold a line break: what follows it would be run. */
function comment(title: string): string {
  return `-- ${title.replaceAll(/[\r\n]+/g, ' ')}`;
}

function ended(statement: string): string {
  return /;\s*$/.test(statement) ? statement : `${statement};`;
}

function notAllowed(messages: readonly string[], hint: string): SluiceError {
  const message = ['The configured role cannot make what the capture needs.', ...messages].join('\n  - ');
  return new SluiceError('SLUICE_CAPTURE_NOT_PROVISIONED', message, { hint });
}
