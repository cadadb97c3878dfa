import { awakeNow } from '../engine/awake-clock.ts';
import type { RunSummary, TrainEvent } from '../engine/distill/events.ts';
import { latestRecipe, type RunRecord } from '../engine/distill/run-record.ts';
import { parseRecipe, type Recipe } from '../engine/recipe/schema.ts';
import type { EngineFailure } from '../engine/errors.ts';
import { EngineClient } from '../worker/client.ts';
import type { Reply } from '../worker/protocol.ts';
import { noAnswers } from './answers-slice.ts';
import { applyEvent, foldEvents } from './apply-event.ts';
import { noQuestions } from './questions-slice.ts';
import { idleRun, isActive } from './run-slice.ts';
import { useStore } from './store.ts';

/** What the page asks of the engine. Every answer lands in the store; nothing is returned. */
export const client = new EngineClient();
const { getState, setState } = useStore;

/** Milliseconds after the last change before a new forecast is asked for. */
const forecastPatience = 400;

/** Milliseconds between two updates of the step counter: a fast GPU makes more steps than a screen has frames. */
const stepInterval = 200;

/** Opens the device, reads the index and loads the recipe's pair. Safe to call again after a failure. */
export async function start(): Promise<void> {
  setState({ device: { status: 'opening' }, load: { status: 'idle' } });
  const [device, pairs] = await Promise.all([client.open(), client.pairs()]);
  if (pairs.ok) setState({ pairs: pairs.value });
  if (!device.ok) {
    setState({ device: { status: 'failed', failure: device.failure } });
    return;
  }
  setState({ device: { status: 'ready', report: device.value } });
  const wanted = getState().draft.pair;
  if (!pairs.ok) {
    setState({ load: { status: 'failed', pair: wanted, failure: pairs.failure } });
    return;
  }
  const has = pairs.value.some(({ key }) => key === wanted);
  await loadPair(has ? wanted : (await import('./unknown-pair.ts')).insteadOf(wanted, pairs.value));
  // Where kernels compile on the CPU, the first run does it.
  if (getState().load.status === 'ready' && !device.value.software) await checkDevice();
}

/** Compares the device with PyTorch, once. @returns whether runs may be made on it */
async function checkDevice(): Promise<boolean> {
  if (getState().selfCheck === undefined) {
    const selfCheck = await client.check();
    setState({ selfCheck });
    if (!selfCheck.ok && selfCheck.failure.code === 'device-wrong')
      setState({ ...cleared(), device: { status: 'failed', failure: selfCheck.failure } });
  }
  return getState().device.status === 'ready';
}

/** Chooses a pair and loads it; what an earlier run showed is cleared, because it belongs to another pair. */
export async function loadPair(pair: string): Promise<void> {
  const state = getState();
  if (isActive(state.run.phase) || state.device.status !== 'ready') return;
  if (state.draft.pair !== pair) state.setField('pair', pair);
  // A record that is shown brings its own pair.
  const shown = state.replay !== undefined && state.run.recipe?.pair === pair;
  setState({
    load: { status: 'loading', pair, files: {} },
    architecture: undefined,
    ...(shown ? {} : cleared()),
  });
  const result = await client.load(pair, (progress) => {
    const { load } = getState();
    if (load.status !== 'loading' || load.pair !== pair) return;
    setState({ load: { ...load, files: { ...load.files, [progress.role]: progress } } });
  });
  if (getState().draft.pair !== pair) return;
  setState({
    load: result.ok ? { status: 'ready', pair } : { status: 'failed', pair, failure: result.failure },
    ...(result.ok && { architecture: result.value }),
  });
}

/** Fills the recipe from a preset and loads its pair. */
export function choosePreset(key: string): void {
  const { pair } = getState().draft;
  getState().applyPreset(key);
  const chosen = getState().draft.pair;
  if (chosen !== pair) void loadPair(chosen);
}

let forecastTimer: ReturnType<typeof setTimeout> | undefined;
useStore.subscribe(({ draft, load }, before) => {
  if (draft === before.draft && load === before.load) return;
  setState({ forecast: undefined, kernelsCompiled: 0 });
  clearTimeout(forecastTimer);
  forecastTimer = setTimeout(() => void foresee(), forecastPatience);
});

/** Asks what the draft will take, where it could run now. */
async function foresee(): Promise<void> {
  const { draft, load, issues, run: current } = getState();
  const parsed = parseRecipe(draft);
  if (!parsed.ok || issues.length > 0 || load.status !== 'ready' || isActive(current.phase)) return;
  const result = await client.forecast(parsed.recipe, (done) => {
    if (getState().draft === draft) setState({ kernelsCompiled: done });
  });
  // A forecast that fails says nothing; a run would say why.
  if (result.ok && getState().draft === draft) setState({ forecast: result.value });
}

/** Starts the draft recipe from its checkpoints. */
export async function run(): Promise<void> {
  const { draft, load, run: current, issues } = getState();
  const parsed = parseRecipe(draft);
  if (!parsed.ok || issues.length > 0 || load.status !== 'ready' || isActive(current.phase)) return;
  if (!(await isLoaded(parsed.recipe.pair))) return;
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
  await train(parsed.recipe);
}

/**
 * Goes on with a saved run, bit for bit.
 * @param record what it told up to the state (`recordUntil`)
 * @param state `encodeState`
 */
export async function goOn(record: RunRecord, state: Uint8Array): Promise<void> {
  const recipe = latestRecipe(record);
  if (isActive(getState().run.phase)) return;
  if (getState().draft !== recipe) getState().takeRecipe(recipe);
  if (!(await isLoaded(recipe.pair))) return;
  const past = foldEvents({ ...getState(), ...cleared() }, record.events);
  setState({
    ...past,
    run: {
      ...past.run,
      phase: 'preparing',
      message: `Going on from step ${past.run.step}: both models answer the questions once more.`,
      startedAt: awakeNow() - (record.events.at(-1)?.at ?? 0),
      recipe,
    },
  });
  await train(recipe, { record, state });
}

/** Loads the pair that a run needs, where it is not the one that is loaded. @returns whether the run may begin */
async function isLoaded(pair: string): Promise<boolean> {
  const loaded = ({ load }: ReturnType<typeof getState>) => load.status === 'ready' && load.pair === pair;
  if (!loaded(getState())) await loadPair(pair);
  return loaded(getState()) && !isActive(getState().run.phase);
}

/** Hands the recipe to the engine; its events go into the state and into a record. */
async function train(recipe: Recipe, saved?: { record: RunRecord; state: Uint8Array }): Promise<void> {
  if (!(await checkDevice())) return;
  const started = getState().run.startedAt;
  // A record that cannot be made takes nothing from the run.
  const recording = import('./recording.ts')
    .then(({ startRecording }) => startRecording(() => client.save(), saved?.record))
    .catch(() => undefined);
  const apply = eventSink();
  const sink = (event: TrainEvent) => {
    const at = awakeNow() - started;
    void recording.then((found) => found?.take(at, event));
    // Of what the record has told before, only what is happening now is new to the page.
    if (!event.again || event.type === 'status' || event.type === 'stage') apply(event);
  };
  const result = await client.run(recipe, sink, saved?.state);
  if (!result.ok) {
    const { failure } = result;
    if (saved !== undefined && failure.code === 'state-mismatch') {
      // Nothing has begun: the panels must not show half of it.
      setState({ ...cleared(), runsNotice: failure });
      await (await recording)?.end();
      return;
    }
    const { step } = getState().run;
    void recording.then((found) => found?.take(awakeNow() - started, { type: 'failed', step, failure }));
    fail(failure);
  }
  await (await recording)?.end();
  // The run may have cut its forecast short, or its recipe was edited on the way.
  const { forecast, kernelsCompiled } = getState();
  if (result.ok && (forecast === undefined || kernelsCompiled < 1)) await foresee();
}

/** The state of the latest run. */
export function saveState(): Promise<Reply<Uint8Array>> {
  return client.save();
}

/** The student of the latest run, when it is done, as the files of a checkpoint folder. */
export function latestStudent(final: RunSummary, origin: string): Promise<Reply<Map<string, Uint8Array>>> {
  return client.student(final, origin);
}

/** Makes the run that is going on follow another recipe, where that needs no new run. */
export async function changeRun(recipe: Recipe): Promise<void> {
  const result = await client.change(recipe);
  if (!result.ok) setState({ run: { ...getState().run, message: result.failure.message } });
}

export function pause(): void {
  setState({ run: { ...getState().run, message: 'Pausing after this step.' } });
  client.pause();
}

export function resume(): void {
  client.resume();
}

export function step(): void {
  client.step();
}

export function stop(): void {
  const { run: current } = getState();
  const when = current.phase === 'preparing' ? 'these answers' : 'this step';
  setState({ run: { ...current, message: `Stopping after ${when}.` } });
  client.stop();
}

/** Applies events in order, except that a burst of step counts becomes one. */
function eventSink(): (event: TrainEvent) => void {
  let shown = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest: TrainEvent | undefined;
  const apply = (event: TrainEvent) => setState(applyEvent(getState(), event));
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (latest !== undefined) apply(latest);
    latest = undefined;
    shown = performance.now();
  };
  return (event) => {
    if (event.type !== 'step') {
      flush();
      apply(event);
      return;
    }
    latest = event;
    const wait = shown + stepInterval - performance.now();
    if (wait <= 0) flush();
    else timer ??= setTimeout(flush, wait);
  };
}

function fail(failure: EngineFailure): void {
  setState({ run: { ...getState().run, phase: 'failed', failure, message: 'The run failed.' } });
}

/** Nothing run yet, nothing shown. */
export function cleared() {
  return {
    run: idleRun,
    metrics: { steps: [], evaluations: [], probes: [], features: [], version: 0 },
    ...noAnswers,
    panel: [],
    ...noQuestions,
    replay: undefined,
  };
}
