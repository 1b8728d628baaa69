import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type PluginWorkshop, pluginWorkshop } from './plugin-workshop.ts';

// These run the compiled command and compilers in processes of their own: `npm run build` first.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const kinds = ['sink', 'capture', 'queue'] as const;
let workshop: PluginWorkshop;

const folderOf = (kind: string) => `sluice-${kind}-mine`;

beforeAll(async () => {
  workshop = await pluginWorkshop();
  for (const kind of kinds) {
    const created = await workshop.sluice('.', 'plugin', 'create', folderOf(kind), '--kind', kind);
    const built = await workshop.run(folderOf(kind), 'npm', 'run', 'build');
    for (const { exit, stdout, stderr } of [created, built]) {
      if (exit !== 0) throw new Error(`The template of a ${kind} could not be made: ${stdout}${stderr}`);
    }
  }
});

afterAll(() => workshop?.[Symbol.asyncDispose]());

describe.each(kinds)('the template of a %s', (kind) => {
  test('passes its own test', async () => {
    const { exit, stdout } = await workshop.run(folderOf(kind), 'npm', 'test');
    expect({ exit, stdout }).toMatchObject({ exit: 0, stdout: expect.stringMatching(/Tests.* \d+ passed/) });
  });

  test('keeps every promise that concerns it', async () => {
    const { exit, stdout } = await workshop.sluice(folderOf(kind), 'plugin', 'verify', '--json');
    const { data } = JSON.parse(stdout);
    expect({ exit, kind: data.kind, name: data.name, warning: data.warning }).toEqual({
      exit: 0,
      kind,
      name: 'mine',
      warning: null,
    });
    const outcomes = new Set(data.checks.map(({ outcome }: { outcome: string }) => outcome));
    expect(outcomes.has('passed') && !outcomes.has('failed')).toBe(true);
  });

  test('is published with what it needs, and nothing else', async () => {
    const { stdout } = await workshop.run(
      folderOf(kind),
      'npm',
      'pack',
      '--dry-run',
      '--json',
      '--ignore-scripts',
    );
    const [packed] = JSON.parse(stdout);
    const paths = packed.files.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'dist/conformance.js',
        'dist/index.d.ts',
        'dist/index.js',
        'package.json',
      ]),
    );
    expect(paths.filter((path: string) => /test|^src\/|tsconfig/.test(path))).toEqual([]);
  });
});

/** A change of what was built, and the check that must see it. */
interface Mutant {
  readonly what: string;
  readonly kind: (typeof kinds)[number];
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly check: string;
}

const mutants: readonly Mutant[] = [
  {
    what: 'a sink that rejects everything',
    kind: 'sink',
    file: 'dist/file-sink.js',
    from: 'await log.append(lines);',
    to: "if (lines.length > 0) return { accepted: 0, conflicts: 0, highestHeld: null, rejected: documents.map((document) => ({ document, reason: 'no', retryable: false })) };",
    check: 'holds in the store what it accepted, as soon as write resolves and without being closed',
  },
  {
    what: 'a sink that says that it has written before it has',
    kind: 'sink',
    file: 'dist/file-sink.js',
    from: 'await log.append(lines);',
    to: 'setTimeout(() => void log.append(lines).catch(() => undefined), 50);',
    check: 'holds in the store what it accepted, as soon as write resolves and without being closed',
  },
  {
    what: 'a sink that lets an older state through',
    kind: 'sink',
    file: 'dist/file-sink.js',
    from: 'held === null || held <= version',
    to: 'true',
    check: 'leaves an older document out, counts it as a conflict and names the version that it holds',
  },
  {
    what: 'a sink whose create never resolves',
    kind: 'sink',
    file: 'dist/index.js',
    from: 'const path = resolve(',
    to: 'await new Promise(() => undefined); const path = resolve(',
    check: 'is what its driver claims it to be: No answer after 100 ms',
  },
  {
    what: 'options that let a mistyped one pass',
    kind: 'sink',
    file: 'dist/index.js',
    from: 'z.strictObject(',
    to: 'z.object(',
    check: 'refuses an option that it does not know, so that a mistyped one is noticed',
  },
  {
    what: 'a capture that carries whole rows',
    kind: 'capture',
    file: 'dist/journal.js',
    from: 'links.includes(column)',
    to: 'true',
    check: 'carries key and links of a row and nothing else',
  },
];

describe('verify', () => {
  /** A copy of a built template that can be broken. */
  const copyOf = async (kind: string) => {
    const name = `broken-${crypto.randomUUID()}`;
    await cp(join(workshop.folder, folderOf(kind)), join(workshop.folder, name), { recursive: true });
    return name;
  };

  test.each(mutants.map((mutant) => [mutant.what, mutant] as const))('catches %s', async (_what, mutant) => {
    const { kind, file, from, to, check } = mutant;
    const copy = await copyOf(kind);
    await workshop.replace(join(copy, file), from, to);
    const timeout = check.includes('No answer') ? ['--check-timeout', '100ms'] : [];
    const { exit, stdout } = await workshop.sluice('.', 'plugin', 'verify', copy, '--json', ...timeout);
    const { error } = JSON.parse(stdout);
    const broken = (error.errors ?? [error]).map(({ message }: { message: string }) => message);
    expect({ exit, code: error.code }).toEqual({ exit: 1, code: 'SLUICE_PLUGIN_NONCONFORMING' });
    expect(broken).toEqual(expect.arrayContaining([expect.stringContaining(check)]));
  });

  test('names a broken promise to people, with what was seen', async () => {
    const copy = await copyOf('sink');
    await workshop.replace(join(copy, 'dist/index.js'), 'z.strictObject(', 'z.object(');
    const { exit, stdout, stderr } = await workshop.sluice('.', 'plugin', 'verify', copy);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^✗ refuses an option that it does not know.*\n {4}Expected an issue/m);
    expect(stdout).toMatch(/^✓ is what its driver claims it to be$/m);
    expect(stderr).toMatch(/^error: sluice-sink-mine breaks 1 of \d+ promises\./);
  });

  test.each([
    ['without a version', '"version": "0.1.0"', '"version": ""', 'has no version'],
    ['of another level', '"api": 1', '"api": 7', 'made for level 7 of the plugin contracts'],
    ['of no kind', '"kind": "sink"', '"kind": "sinc"', '`kind` must be one of'],
    [
      'whose entry is not there',
      './dist/index.js",\n    "conf',
      './dist/none.js",\n    "conf',
      'Build the package first',
    ],
    ['whose driver is not there', './dist/conformance.js', './dist/none.js', 'Build the package first'],
    [
      'whose driver is something else',
      './dist/conformance.js',
      './dist/index.js',
      'is not one: it lacks `claims`',
    ],
    [
      'with a required peer',
      '"optional": true',
      '"optional": false',
      'its peer dependency @sluice/core is not optional',
    ],
    [
      'whose package.json lacks a comma',
      '"kind": "sink",',
      '"kind": "sink"',
      'its package.json is not well-formed JSON',
    ],
  ])('refuses a package %s', async (_what, from, to, said) => {
    const copy = await copyOf('sink');
    await workshop.replace(join(copy, 'package.json'), from, to);
    const { exit, stderr } = await workshop.sluice('.', 'plugin', 'verify', copy);
    expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: expect.stringContaining(said) });
    expect(stderr).toContain('SLUICE_PLUGIN_INVALID');
  });

  test.each([
    ['throws at import', 'const options =', "throw new Error('no licence');\nconst options =", 'no licence'],
    [
      'has another name than its manifest',
      "name: 'mine'",
      "name: 'yours'",
      '`name` is yours, in package.json mine',
    ],
    ['has no options schema', '    options,\n', '    options: {},\n', 'lacks options'],
  ])('refuses a plugin that %s', async (_what, from, to, said) => {
    const copy = await copyOf('sink');
    await workshop.replace(join(copy, 'dist/index.js'), from, to);
    const { exit, stderr } = await workshop.sluice('.', 'plugin', 'verify', copy);
    expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: expect.stringContaining(said) });
  });

  test('says that little was checked where the manifest names no driver', async () => {
    const copy = await copyOf('queue');
    await workshop.replace(join(copy, 'package.json'), '    "conformance": "./dist/conformance.js",\n', '');
    const { exit, stdout, stderr } = await workshop.sluice(copy, 'plugin', 'verify');
    expect({ exit, stdout }).toMatchObject({ exit: 0, stdout: expect.stringContaining('3 promises kept') });
    expect(stderr).toContain('its manifest names no `conformance` driver');
  });

  test('says where there is no package', async () => {
    const { exit, stderr } = await workshop.sluice('.', 'plugin', 'verify', 'nothing-here');
    expect({ exit, stderr }).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('There is no package in'),
    });
  });
});
