import type { RunState } from '../slices/run-slice.ts';
import { client } from '../engine/client.ts';
import { useStore } from '../store.ts';

const { getState, setState } = useStore;

/** The buttons of a run. What a run needs comes after the first paint (`begin.ts`). */
const beginning = () => import('./begin.ts');

/** Fetches it while nobody waits, with what follows a person's changes on the way. */
export async function prepareControls(): Promise<void> {
  const [{ followLiveEdits }] = await Promise.all([import('./live-edits.ts'), beginning()]);
  followLiveEdits();
}

/** Starts the draft recipe from the loaded checkpoints. */
export async function run(): Promise<void> {
  await (await beginning()).begin();
}

export function pause(): void {
  setState({ wanted: 'paused' });
  say('Pausing after this step.');
  client.pause();
}

export function resume(): void {
  setState({ wanted: 'running' });
  client.resume();
}

export function step(): void {
  setState({ wanted: 'stepping' });
  client.step();
}

export function stop(): void {
  setState({ wanted: 'stopped' });
  const when = getState().run.phase === 'preparing' ? 'these answers' : 'this step';
  say(`Stopping after ${when}.`);
  client.stop();
}

function say(message: RunState['message']): void {
  setState({ run: { ...getState().run, message } });
}
