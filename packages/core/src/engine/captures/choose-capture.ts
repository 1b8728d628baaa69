import type { CaptureRequirements, CoverageProblem } from '../../contracts/index.ts';
import { isSluiceError, SluiceError } from '../../errors/index.ts';
import { chooseGenerations } from '../generations/generation-choice.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import { generationHash } from '../generations/generations.ts';
import type { EngineIndex, EngineSink } from '../run/run-options.ts';
import { heldError, obstaclesTo, requirePossible } from './capture-readiness.ts';
import { commonCaptures, followedPlugin, namedPlugins } from './capture-record.ts';
import type { CaptureChoice, CapturePlugin, NamedCapture } from './captures.ts';
import { notProvisionedError } from './readiness.ts';

/** What sinks remember, by sink. */
export type RecordsBySink = ReadonlyMap<EngineSink, readonly GenerationRecord[]>;

export interface CaptureQuestion {
  readonly choice: CaptureChoice;
  /** Of every sink that answers. */
  readonly records: RecordsBySink;
  readonly indexes: readonly EngineIndex[];
  readonly required: CaptureRequirements;
  /** Whether anything may be made in the source. */
  readonly provision: boolean;
}

/** Which capture is followed now, which one is to be, and which ones are to go. */
export interface CaptureDecision {
  readonly follow: NamedCapture;
  /** Takes over from `follow` without a gap; null where that one is wanted. */
  readonly switchTo: NamedCapture | null;
  /** Neither, but they may have something in the source. */
  readonly retiring: readonly CapturePlugin[];
  /** Why it is this one, for people; null where the configuration says it. */
  readonly reason: string | null;
  /** The indexes followed another one that can no longer be read: they are reconciled. Null: no such thing. */
  readonly gone: { readonly name: string; readonly why: string } | null;
}

/**
 * Decides from what the sinks remember, what the configuration allows and what the source has.
 * Changes nothing.
 *
 * @throws SLUICE_CAPTURE_NOT_PROVISIONED, with the SQL, where what is wanted cannot be made;
 * SLUICE_CAPTURE_IN_USE where another process follows what the sinks remember.
 */
export async function chooseCapture(question: CaptureQuestion): Promise<CaptureDecision> {
  const { choice, required, provision } = question;
  const deciding = decidingRecords(question).map(({ capture }) => capture);
  const [held = null] = commonCaptures(deciding);
  const recorded = deciding.flatMap((record) => followedPlugin(record) ?? []);
  const { wanted, reason } = await wantedCapture(
    question,
    recorded.map(({ name }) => name),
    held,
  );
  const decided = { follow: wanted, switchTo: null, reason, gone: null };
  const former = recorded.find(({ name }) => name === held && name !== wanted.plugin.name);
  if (former === undefined) return { ...decided, retiring: retiring(question, [wanted]) };

  await requirePossible(wanted, required, { provision, followed: former.name });
  const opened = await reopen(choice, former);
  const why = 'failure' in opened ? opened.failure : await unreadable(opened, question);
  if (why !== null || 'failure' in opened) {
    const gone = { name: former.name, why: why ?? '' };
    return { ...decided, gone, retiring: retiring(question, [wanted]) };
  }
  return {
    follow: opened,
    switchTo: wanted,
    reason,
    gone: null,
    retiring: retiring(question, [opened, wanted]),
  };
}

interface Wanted {
  readonly wanted: NamedCapture;
  readonly reason: string | null;
}

/** What is followed stays; else what the source has; else the first that can be. */
async function wantedCapture(
  { choice: { allowed }, required, provision }: CaptureQuestion,
  recorded: readonly string[],
  held: string | null,
): Promise<Wanted> {
  const [first] = allowed;
  if (allowed.length === 1) return { wanted: first, reason: null };
  const names = held === null ? recorded : [held];
  const followed = allowed.filter(({ plugin }) => names.includes(plugin.name));
  const kept = followed.length > 1 ? await present(followed, { required, provision }) : followed[0];
  if (kept !== undefined) return because(kept, 'the indexes follow it');

  const looks = [];
  for (const each of allowed) looks.push({ each, ...(await obstaclesTo(each, required, provision)) });
  const there =
    recorded.length > 0
      ? undefined
      : looks.find(({ mechanism }) => mechanism !== 'absent' && mechanism !== 'unknown');
  if (there !== undefined) return because(there.each, 'the source has it already');
  const able = looks.find(({ problems }) => problems.length === 0);
  const refused = looks.slice(0, able === undefined ? undefined : looks.indexOf(able));
  const reasons = refused.flatMap(({ each: { plugin }, problems }) => problems.map(inNameOf(plugin.name)));
  if (able !== undefined) {
    const why = reasons.map(({ message }) => message).join(' ');
    return because(able.each, why === '' ? 'server, role and tables allow it' : why);
  }
  const { plugin, capture } = allowed.at(-1) ?? first;
  // A hint stands beside the SQL that it speaks of, and the SQL is of one capture.
  const told = looks.flatMap(({ each, problems }) => {
    const named = problems.map(inNameOf(each.plugin.name));
    return each.plugin === plugin ? named : named.map(withoutHint);
  });
  const error = notProvisionedError(told, await capture.script(required));
  const hint = `The SQL is for ${plugin.name}; for another capture, name it: ${allowed
    .filter((each) => each.plugin !== plugin)
    .map((each) => `\`capture: ${each.plugin.name}\``)
    .join(' or ')}.`;
  throw new SluiceError(error.code, error.message, { hint: [hint, error.hint].join('\n') });
}

/** Indexes follow one each, such as one that was disabled while the others changed: what is gone is not made again. */
async function present(
  followed: readonly NamedCapture[],
  { required, provision }: Pick<CaptureQuestion, 'required' | 'provision'>,
): Promise<NamedCapture | undefined> {
  for (const each of followed) {
    if ((await obstaclesTo(each, required, provision)).mechanism === 'ready') return each;
  }
  return followed[0];
}

function because(wanted: NamedCapture, reason: string): Wanted {
  return { wanted, reason };
}

function inNameOf(name: string): (problem: CoverageProblem) => CoverageProblem {
  return (problem) => ({ ...problem, message: `${name}: ${problem.message}` });
}

function withoutHint(problem: CoverageProblem): CoverageProblem {
  const { hint, ...rest } = problem;
  return hint === undefined ? problem : rest;
}

/** Why what the indexes follow can no longer be followed; null where it can. */
async function unreadable(
  former: NamedCapture,
  { required, provision }: CaptureQuestion,
): Promise<string | null> {
  const { problems, found, mechanism, heldBy } = await obstaclesTo(former, required, provision);
  // Whoever holds it can read it, whatever this role may do.
  if (heldBy !== null) throw heldError(heldBy);
  if (mechanism === 'absent') return 'it is gone from the source';
  const told = (mechanism === 'lost' ? found : problems).map(({ message }) => message).join(' ');
  if (mechanism === 'lost' && told === '') return 'it can no longer deliver what was missed';
  return told === '' ? null : told;
}

async function reopen(
  { allowed, reopen: start }: CaptureChoice,
  plugin: CapturePlugin,
): Promise<NamedCapture | { readonly failure: string }> {
  const known = allowed.find((each) => each.plugin.name === plugin.name);
  if (known !== undefined) return known;
  try {
    return await start(plugin);
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return { failure: error.message };
  }
}

/**
 * The records that say what is followed: of each index the generation in use, of required sinks where
 * one of them remembers anything. An optional sink that was away may say what was true long ago.
 */
function decidingRecords({ records, indexes }: CaptureQuestion): readonly GenerationRecord[] {
  const all = [...records].flatMap(([sink, held]) =>
    inUse(sink, held, indexes).map((record) => ({ sink, record })),
  );
  const remembering = all.filter(({ sink }) => sink.required && sink.sink.records !== undefined);
  return (remembering.length > 0 ? remembering : all).map(({ record }) => record);
}

function inUse(
  sink: EngineSink,
  held: readonly GenerationRecord[],
  indexes: readonly EngineIndex[],
): readonly GenerationRecord[] {
  const follows = (record: GenerationRecord) => followedPlugin(record.capture) !== null;
  return indexes
    .filter(({ sinks }) => sinks.includes(sink.name))
    .flatMap((index) => {
      const ofIndex = held.filter((record) => record.index === index.schema.index);
      const { current, following } = chooseGenerations(ofIndex, generationHash(sink.sink, index));
      return current !== null && follows(current) ? [current] : following.filter(follows);
    });
}

/** Records of other indexes may be another deployment's, whose capture is none of our business. */
function retiring(
  { records, indexes }: CaptureQuestion,
  kept: readonly NamedCapture[],
): readonly CapturePlugin[] {
  const plugins = new Map<string, CapturePlugin>();
  const ours = new Set(indexes.map(({ schema }) => schema.index));
  for (const held of records.values()) {
    for (const plugin of held.flatMap(({ index, capture }) =>
      ours.has(index) ? namedPlugins(capture) : [],
    )) {
      if (!plugins.has(plugin.name)) plugins.set(plugin.name, plugin);
    }
  }
  for (const { plugin } of kept) plugins.delete(plugin.name);
  return [...plugins.values()];
}

/** How a decision is told, once per run and by `check`; null where there is nothing to tell. */
export function describeChoice({ follow, switchTo, reason, gone }: CaptureDecision): string | null {
  const { name } = (switchTo ?? follow).plugin;
  const chosen = reason === null ? null : `capture: auto takes ${name}: ${reason}`;
  if (switchTo !== null) {
    const change = `the indexes follow ${follow.plugin.name}; ${name} takes over without a rebuild`;
    return chosen === null ? change : `${chosen}; ${change}`;
  }
  if (gone !== null) return `the indexes followed ${gone.name}, which can no longer be read (${gone.why})`;
  return chosen;
}
