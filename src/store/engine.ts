import { parseRecipe } from '../engine/recipe/schema.ts';
import type { EngineFailure } from '../engine/errors.ts';
import { EngineClient } from '../worker/client.ts';
import { applyEvent } from './apply-event.ts';
import { idleRun, isActive } from './run-slice.ts';
import { useStore } from './store.ts';

/** What the page asks of the engine. Every answer lands in the store; nothing is returned. */
const client = new EngineClient();
const { getState, setState } = useStore;

/** Opens the device, reads the index and loads the recipe's pair. Safe to call again after a failure. */
export async function start(): Promise<void> {
  setState({ device: { status: 'opening' } });
  const [device, pairs] = await Promise.all([client.open(), client.pairs()]);
  if (pairs.ok) setState({ pairs: pairs.value });
  if (!device.ok) {
    setState({ device: { status: 'failed', failure: device.failure } });
    return;
  }
  setState({ device: { status: 'ready', report: device.value } });
  if (!pairs.ok) {
    setState({ load: { status: 'failed', pair: getState().draft.pair, failure: pairs.failure } });
    return;
  }
  await loadPair(getState().draft.pair);
}

/** Chooses a pair and loads it; what an earlier run showed is cleared, because it belongs to another pair. */
export async function loadPair(pair: string): Promise<void> {
  const state = getState();
  if (isActive(state.run.phase) || state.device.status !== 'ready') return;
  if (state.draft.pair !== pair) state.setField('pair', pair);
  setState({ load: { status: 'loading', pair, files: {} }, ...cleared() });
  const result = await client.load(pair, (progress) => {
    const { load } = getState();
    if (load.status !== 'loading' || load.pair !== pair) return;
    setState({ load: { ...load, files: { ...load.files, [progress.role]: progress } } });
  });
  if (getState().draft.pair !== pair) return;
  setState({
    load: result.ok ? { status: 'ready', pair } : { status: 'failed', pair, failure: result.failure },
  });
}

/** Starts the draft recipe from the loaded checkpoints. */
export async function run(): Promise<void> {
  const { draft, load, run: current } = getState();
  const parsed = parseRecipe(draft);
  if (!parsed.ok || load.status !== 'ready' || isActive(current.phase)) return;
  setState({
    ...cleared(),
    run: { ...idleRun, phase: 'preparing', message: 'Preparing the run.', recipe: parsed.recipe },
  });
  const result = await client.run(parsed.recipe, (event) => setState(applyEvent(getState(), event)));
  if (!result.ok) fail(result.failure);
}

export function pause(): void {
  client.pause();
}

export function resume(): void {
  client.resume();
}

export function step(): void {
  client.step();
}

export function stop(): void {
  setState({ run: { ...getState().run, message: 'Stopping after this step.' } });
  client.stop();
}

function fail(failure: EngineFailure): void {
  setState({ run: { ...getState().run, phase: 'failed', failure, message: failure.message } });
}

function cleared() {
  return {
    run: idleRun,
    metrics: { steps: [], evaluations: [], version: 0 },
    panel: [],
    answers: { step: 0, byId: {} },
  };
}
