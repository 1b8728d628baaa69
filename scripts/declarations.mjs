// Reads a .d.ts as the compiler emits it: a statement begins in the first column, and what goes on is indented
// or begins with a closing bracket.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const start = /^(?:export|import|declare|interface|type|class|const|function|abstract|\/\*\*)/;
const declared =
  /^(export )?(?:declare )?(?:abstract )?(?:interface|type|class|const|let|function|enum) ([A-Za-z_$][\w$]*)/;

/**
 * @returns what a module declares (name → text with its comment), exports (name → declared name), passes on,
 * and imports. The text of overloads is joined.
 */
export function declarationsOf(file) {
  const declarations = new Map();
  const exported = new Map();
  const reexports = new Map();
  const imports = new Map();
  const stars = [];
  for (const { comment, text } of statementsOf(readFileSync(file, 'utf8'))) {
    const found = declared.exec(text);
    const list = /^(import|export)(?: type)? \{([^}]*)\}(?: from '([^']+)')?;/.exec(text);
    const star = /^export (?:type )?\* from '([^']+)';/.exec(text);
    if (list !== null) addList(list);
    else if (star !== null) stars.push(resolved(star[1]));
    else if (found !== null) {
      const [, isExported, name] = found;
      const before = declarations.get(name);
      const full = `${comment}${text}`;
      declarations.set(name, before === undefined ? full : `${before}\n${full}`);
      if (isExported !== undefined) exported.set(name, name);
    } else throw new Error(`${file}: cannot read "${text}"`);
  }
  return { declarations, exported, reexports, imports, stars };

  function addList([, keyword, names, module]) {
    for (const entry of names.split(',').map((one) => one.trim().replace(/^type /, ''))) {
      if (entry === '') continue;
      const [name, local = name] = entry.split(' as ');
      const from = module?.startsWith('.') ? resolved(module) : null;
      if (keyword === 'import') imports.set(local, { file: from, name, module });
      else if (module === undefined) exported.set(local, name);
      else if (from === null) throw new Error(`${file}: passes on ${module}, which is another package`);
      else reexports.set(local, { file: from, name });
    }
  }

  function resolved(module) {
    return join(dirname(file), module.replace(/\.(?:js|ts)$/, '.d.ts'));
  }
}

/** Without what only looks like a name: comments and strings. */
export function codeOf(text) {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

function statementsOf(text) {
  const statements = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('//') || line.trim() === '') continue;
    if (start.test(line)) statements.push([line]);
    else if (statements.length === 0) throw new Error(`Cannot read "${line}"`);
    else statements.at(-1).push(line);
  }
  const result = [];
  let comment = '';
  for (const lines of statements) {
    const joined = lines.join('\n');
    if (joined.startsWith('/**')) comment = `${joined}\n`;
    else {
      result.push({ comment, text: joined });
      comment = '';
    }
  }
  return result;
}
