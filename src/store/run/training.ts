import { awakeNow } from '../../engine/awake-clock.ts';
import type { RunSummary, TrainEvent } from '../../engine/run/events.ts';
import {
  changesAfter,
  changesIn,
  latestRecipe,
  recordUntil,
  type RunRecord,
} from '../../engine/run/record.ts';
import { isNews } from '../../engine/run/resume.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import { parseRecipe } from '../../engine/recipe/schema.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { Reply, RunMode, RunStart } from '../../worker/protocol.ts';
import { foldEvents } from './apply-event.ts';
import { checkDevice, cleared, client, foresee, isLoaded, untold } from '../engine/engine.ts';
import { EventSink } from './event-sink.ts';
import type { Recording } from '../kept/recording.ts';
import { idleRun, isActive, type RunState } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { engineBack, isLoss } from './supervise.ts';

const { getState, setState } = useStore;

/** A run that loses its engine so often from the same saved step would go on losing it. */
const maxLosses = 3;

/** From where a run begins: anew, or from a state with what it told up to there. */
interface Origin {
  recipe: Recipe;
  record?: RunRecord;
  state?: Uint8Array;
  changes: RunStart['changes'];
}

/** How a person wants the present run to move. */
let mode: RunMode = 'running';

/** The latest state of the latest run, while it has something to go on with. */
let latestState: Uint8Array | undefined;

/** Starts the draft recipe from the loaded checkpoints. */
export async function run(): Promise<void> {
  const { draft, load, run: current, issues } = getState();
  const parsed = parseRecipe(draft);
  if (!parsed.ok || issues.length > 0 || load.status !== 'ready' || isActive(current.phase)) return;
  // No pause where there is nothing to load: a second press finds the run begun.
  if (load.pair !== parsed.recipe.pair && !(await isLoaded(parsed.recipe.pair))) return;
  setState({
    ...cleared(),
    run: {
      ...idleRun,
      phase: 'preparing',
      message: 'Preparing the run.',
      startedAt: awakeNow(),
      forecast: getState().forecast,
      recipe: parsed.recipe,
    },
  });
  await train({ recipe: parsed.recipe, changes: [] });
}

/**
 * Goes on with a saved run, bit for bit.
 * @param record what it told up to the state (`recordUntil`)
 * @param state `encodeState`
 * @param change what it follows from there on, where that is not the recipe that it was saved with
 */
export async function goOn(record: RunRecord, state: Uint8Array, change?: Recipe): Promise<void> {
  const recipe = latestRecipe(record);
  const wanted = change ?? recipe;
  if (isActive(getState().run.phase)) return;
  if (getState().draft !== wanted) getState().takeRecipe(wanted);
  if (!(await isLoaded(recipe.pair))) return;
  setState(cleared());
  const { step } = describeState(state);
  showPast(record, {
    message: `Going on from step ${step}: both models answer the questions once more.`,
    startedAt: awakeNow() - (record.events.at(-1)?.at ?? 0),
    recipe,
  });
  await train({ recipe, record, state, changes: change === undefined ? [] : [{ step, recipe: change }] });
}

/** Has the engine train; the events go into the state and into a record. */
async function train(origin: Origin): Promise<void> {
  if (!(await checkDevice())) return;
  mode = 'running';
  latestState = origin.state;
  // A record that cannot be made takes nothing from the run.
  const recording = import('../kept/recording.ts')
    .then(({ startRecording }) => startRecording(saveState, origin.record))
    .catch(() => undefined);
  const result = await trainOn(origin, recording);
  if (result.ok) {
    if (result.value === 'done') latestState = undefined;
  } else if (origin.state !== undefined && result.failure.code === 'state-mismatch') {
    // Nothing has begun: the panels must not show half of it.
    setState({ ...cleared(), runsNotice: result.failure });
  } else {
    const { failure } = result;
    (await recording)?.take(elapsed(), { type: 'failed', step: getState().run.step, failure });
    tell({ phase: 'failed', failure, message: 'The run failed.' });
  }
  await (await recording)?.end();
  // The run may have cut its forecast short, or its recipe was edited on the way.
  const { forecast, kernelsCompiled } = getState();
  if (result.ok && (forecast === undefined || kernelsCompiled < 1)) await foresee();
}

/** Trains to the end; where the engine is lost on the way and comes back, from the latest state on, bit for bit. */
async function trainOn(
  from: Origin,
  recording: Promise<Recording | undefined>,
): Promise<Reply<'done' | 'stopped'>> {
  for (let losses = 0; ;) {
    const result = await attempt(from, recording);
    if (result.ok || !isLoss(result.failure)) return result;
    const found = await recording;
    const next = originAfterLoss(from, found?.record());
    losses = stepOf(next) > stepOf(from) ? 1 : losses + 1;
    if (losses === maxLosses) return { ok: false, failure: noProgress(result.failure, stepOf(next)) };
    tell({ phase: 'preparing', message: `${result.failure.message} Starting the engine again.` });
    const back = await engineBack();
    if (mode === 'stopped') {
      const stopped: TrainEvent = { type: 'stopped', step: getState().run.step };
      found?.take(elapsed(), stopped);
      new EventSink().take(stopped);
      return { ok: true, value: 'stopped' };
    }
    if (!back || !(await checkDevice())) return result;
    if (next.record !== undefined) found?.goBack(next.record);
    const { startedAt, forecast } = getState().run;
    showPast(next.record, {
      message: `Going on from step ${stepOf(next)}: both models answer the questions once more.`,
      startedAt,
      forecast,
      recipe: next.recipe,
    });
    setState({ setback: { failure: result.failure, resumedAt: stepOf(next) } });
    from = next;
  }
}

/** One run in the engine, as far as it comes. */
async function attempt(
  from: Origin,
  recording: Promise<Recording | undefined>,
): Promise<Reply<'done' | 'stopped'>> {
  const sink = new EventSink();
  let over = false;
  const take = (event: TrainEvent) => {
    // A worker that is ended may have messages under way.
    if (over) return;
    if (event.type === 'start') remind();
    if (event.type === 'paused' && mode === 'stepping') mode = 'paused';
    const at = elapsed();
    void recording.then((found) => found?.take(at, event));
    if (isNews(event)) sink.take(event);
  };
  const { recipe, state, changes } = from;
  const result = await client.run(recipe, take, { state, mode, changes });
  over = true;
  sink.flush();
  return result;
}

/** Where a run that lost its engine goes on: at its latest state, or where there is none, at its start. */
function originAfterLoss(from: Origin, record: RunRecord | undefined): Origin {
  const state = latestState;
  const known = state === undefined ? { step: -1, recipe: from.recipe } : describeState(state);
  return {
    recipe: known.recipe,
    state,
    record:
      record && (state === undefined ? { ...record, events: [] } : recordUntil(record, describeState(state))),
    // What a person changed after the state was saved is changed again, after the same updates.
    changes: record === undefined ? [] : [...changesAfter(from.changes, known), ...changesIn(record, known)],
  };
}

function stepOf({ state }: Origin): number {
  return state === undefined ? 0 : describeState(state).step;
}

function noProgress({ code, message }: EngineFailure, step: number): EngineFailure {
  return {
    code,
    message: `${message} That was ${maxLosses} times in a row without a new saved step after ${step}.`,
    action: 'Close what else uses the graphics card, then go on.',
  };
}

/** Shows what a record tells, as the past of a run that goes on. */
function showPast(record: RunRecord | undefined, change: Partial<RunState>): void {
  const past = foldEvents({ ...getState(), ...untold() }, record?.events ?? []);
  setState({ ...past, run: { ...past.run, phase: 'preparing', ...change } });
}

/** Commands that came while the engine did not know of the run yet. */
function remind(): void {
  if (mode === 'paused') client.pause();
  else if (mode === 'stopped') client.stop();
}

/** ms since Run was pressed. */
function elapsed(): number {
  return awakeNow() - getState().run.startedAt;
}

function tell(change: Partial<RunState>): void {
  setState({ run: { ...getState().run, ...change } });
}

/** The state of the latest run. */
export async function saveState(): Promise<Reply<Uint8Array>> {
  const reply = await client.save();
  if (reply.ok) latestState = reply.value;
  return reply;
}

/** The latest state of the latest run, where it has something to go on with; also where the browser keeps none. */
export function stateInMemory(): Uint8Array | undefined {
  return latestState;
}

/** The student of the latest run, when it is done, as the files of a checkpoint folder. */
export function latestStudent(final: RunSummary, origin: string): Promise<Reply<Map<string, Uint8Array>>> {
  return client.student(final, origin);
}

/** Makes the run that is going on follow another recipe, where that needs no new run. */
export async function changeRun(recipe: Recipe): Promise<void> {
  const result = await client.change(recipe);
  if (!result.ok) tell({ message: result.failure.message });
}

export function pause(): void {
  mode = 'paused';
  tell({ message: 'Pausing after this step.' });
  client.pause();
}

export function resume(): void {
  mode = 'running';
  client.resume();
}

export function step(): void {
  mode = 'stepping';
  client.step();
}

export function stop(): void {
  mode = 'stopped';
  const when = getState().run.phase === 'preparing' ? 'these answers' : 'this step';
  tell({ message: `Stopping after ${when}.` });
  client.stop();
}
