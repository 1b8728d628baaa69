// Writes packages/core/api: the public types of what plugins import, with the promises that stand in their
// comments, from what the compiler emitted. Committed, so that a change of the plugin API is seen in review.
// With --check: says whether they are as they were, and what to do where they are not.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, declarationsOf } from './declarations.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const core = join(root, 'packages/core');
const folder = join(core, 'api');
const { exports } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8'));

/** What plugins may rely on (docs/plugin-api.md); each may import from those before it. */
const subpaths = ['.', './conformance', './testkit'];

/** Has a page of its own, docs/errors.md, and may grow at any time. */
const withoutBody = new Set(['errorCatalogue']);

const modules = new Map();
const reports = new Map();
/** Declarations that an earlier report has: id → name and subpath. The later ones import them. */
const reported = new Map();
for (const subpath of subpaths) reports.set(`${nameOf(subpath)}.d.ts`, report(subpath));

if (process.argv.includes('--check')) {
  const found = existsSync(folder) ? readdirSync(folder) : [];
  const wrong = [...new Set([...reports.keys(), ...found])].filter(
    (file) =>
      !reports.has(file) ||
      !found.includes(file) ||
      readFileSync(join(folder, file), 'utf8') !== reports.get(file),
  );
  if (wrong.length > 0) {
    const paths = wrong.map((file) => relative(root, join(folder, file))).join(', ');
    process.stdout.write(
      `The plugin API is not what ${paths} says. Is the change allowed within this level (docs/plugin-api.md)? Then run: npm run api\n`,
    );
    process.exitCode = 1;
  }
} else {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of reports) writeFileSync(join(folder, file), text);
}

function nameOf(subpath) {
  return subpath === '.' ? 'index' : subpath.slice(2);
}

function report(subpath) {
  const exported = exportsOf(join(core, exports[subpath].types));
  const own = new Map();
  const imported = new Map();
  const external = new Set();
  for (const [name, declaration] of exported) include(name, declaration);
  for (const [id, name] of own) if (exported.has(name)) reported.set(id, { name, subpath });

  const parts = [...own.entries()]
    .map(([id, name]) => ({ name, ...byId(id), exported: exported.has(name) }))
    .sort((a, b) => Number(b.exported) - Number(a.exported) || byText(a.name, b.name));
  const head = [
    `// The public types of @sluice/core${subpath.slice(1)}. Written by \`npm run api\`; do not edit.`,
    ...[...external].sort(byText),
    ...[...imported].map(
      ([from, names]) =>
        `import type { ${[...names].sort(byText).join(', ')} } from '@sluice/core${from.slice(1)}';`,
    ),
  ];
  const texts = parts.map((part) =>
    part.exported ? part.text : `/* Not exported: part of what is. */\n${part.text}`,
  );
  return `${[head.join('\n'), ...texts].join('\n\n')}\n`;

  function include(name, where) {
    if (where.external !== undefined) {
      external.add(`export type { ${where.external.name} } from '${where.external.module}';`);
      return;
    }
    const { file, local } = where;
    const id = `${file}#${local}`;
    if (own.has(id)) return;
    const earlier = reported.get(id);
    if (earlier !== undefined && earlier.subpath !== subpath) {
      const names = imported.get(earlier.subpath) ?? new Set();
      imported.set(earlier.subpath, names.add(earlier.name));
      return;
    }
    if ([...own.values()].includes(name)) throw new Error(`Two declarations are called ${name}: ${id}`);
    own.set(id, name);
    const { declarations, imports } = moduleOf(file);
    const text = codeOf(declarations.get(local));
    for (const word of new Set(text.match(/[A-Za-z_$][\w$]*/g))) {
      if (word !== local && declarations.has(word)) include(word, { file, local: word });
      const from = imports.get(word);
      if (from === undefined) continue;
      if (from.file === null) external.add(`import type { ${from.name} } from '${from.module}';`);
      else include(word, find(from.file, from.name));
    }
  }
}

function byId(id) {
  const [file, local] = id.split('#');
  const text = moduleOf(file).declarations.get(local);
  return { text: withoutBody.has(local) ? text.replace(/: \{[\s\S]*\};$/, ': object;') : text };
}

/** Every name that a module exports, with where it is declared. */
function exportsOf(file) {
  const { declarations, exported, reexports, imports, stars } = moduleOf(file);
  const all = new Map();
  for (const star of stars) for (const [name, where] of exportsOf(star)) all.set(name, where);
  for (const [name, { file: from, name: there }] of reexports) all.set(name, find(from, there));
  for (const [name, local] of exported) {
    const from = imports.get(local);
    if (declarations.has(local)) all.set(name, { file, local });
    else if (from.file === null) all.set(name, { external: from });
    else all.set(name, find(from.file, from.name));
  }
  return all;
}

function find(file, name) {
  const found = exportsOf(file).get(name);
  if (found === undefined) throw new Error(`${relative(root, file)} exports no ${name}`);
  return found;
}

function moduleOf(file) {
  const known = modules.get(file) ?? declarationsOf(file);
  modules.set(file, known);
  return known;
}

function byText(a, b) {
  return a < b ? -1 : 1;
}
