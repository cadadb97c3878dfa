import { parseRecipe } from '../../engine/recipe/schema.ts';
import { EngineClient } from '../../worker/client.ts';
import type { PairArchitecture, Reply } from '../../worker/protocol.ts';
import { noAnswers } from '../slices/answers-slice.ts';
import { noQuestions } from '../slices/questions-slice.ts';
import { idleRun, isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';

/** What the page asks of the engine. Every answer lands in the store; nothing is returned. */
export const client = new EngineClient();
const { getState, setState } = useStore;

/** Milliseconds after the last change before a new forecast is asked for. */
const forecastPatience = 400;

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
  await loadPair(has ? wanted : (await import('../address/unknown-pair.ts')).insteadOf(wanted, pairs.value));
  // Where kernels compile on the CPU, the first run does it.
  if (getState().load.status === 'ready' && !device.value.software) await checkDevice();
}

/** Compares the device with PyTorch, once. @returns whether runs may be made on it */
export async function checkDevice(): Promise<boolean> {
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
  const result = await bringUp(pair);
  // Where the engine was lost meanwhile, the supervisor loads the pair.
  if (getState().draft.pair !== pair || getState().device.status === 'opening') return;
  showLoaded(pair, result);
}

/** Opens the device, where it is not open, and loads a pair; what the panels show of a run stays. */
export async function bringUp(pair: string): Promise<Reply<PairArchitecture>> {
  const device = await client.open();
  if (!device.ok) return device;
  setState({
    device: { status: 'ready', report: device.value },
    load: { status: 'loading', pair, files: {} },
  });
  return client.load(pair, (progress) => {
    const { load } = getState();
    if (load.status !== 'loading' || load.pair !== pair) return;
    setState({ load: { ...load, files: { ...load.files, [progress.role]: progress } } });
  });
}

export function showLoaded(pair: string, result: Reply<PairArchitecture>): void {
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
export async function foresee(): Promise<void> {
  const { draft, load, issues, run: current } = getState();
  const parsed = parseRecipe(draft);
  if (!parsed.ok || issues.length > 0 || load.status !== 'ready' || isActive(current.phase)) return;
  const result = await client.forecast(parsed.recipe, (done) => {
    if (getState().draft === draft) setState({ kernelsCompiled: done });
  });
  // A forecast that fails says nothing; a run would say why.
  if (result.ok && getState().draft === draft) setState({ forecast: result.value });
}

/** Loads the pair that a run needs, where it is not the one that is loaded. @returns whether the run may begin */
export async function isLoaded(pair: string): Promise<boolean> {
  const loaded = ({ load }: ReturnType<typeof getState>) => load.status === 'ready' && load.pair === pair;
  if (!loaded(getState())) await loadPair(pair);
  return loaded(getState()) && !isActive(getState().run.phase);
}

/** Nothing run yet, nothing shown. */
export function cleared() {
  return { ...untold(), ...noQuestions, replay: undefined };
}

/** A run that has told nothing yet. */
export function untold() {
  return {
    run: idleRun,
    metrics: { steps: [], evaluations: [], probes: [], features: [], version: 0 },
    ...noAnswers,
    panel: [],
  };
}
