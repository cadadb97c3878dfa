import { differences, needRestart } from '../../engine/recipe/live.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { afterChanges } from '../after-changes.ts';
import { client } from '../engine/client.ts';
import { useStore } from '../store.ts';

const { getState, setState } = useStore;

/** Milliseconds after the last key: a half-typed number must not become a loss weight. */
const patience = 700;

/** Hands changes of the draft to the run that is going on, as far as it can take them. */
export function followLiveEdits(): void {
  afterChanges(
    // What was changed before the engine took changes is handed over when it does.
    (now, before) => now.draft !== before.draft || now.run.phase !== before.run.phase,
    patience,
    handOver,
  );
}

function handOver(): void {
  const { parsed, run } = getState();
  const takes = run.phase === 'running' || run.phase === 'paused';
  if (!takes || run.recipe === undefined || parsed === undefined) return;
  // What it will follow by itself, and when, nobody has to tell it.
  if (differences(run.planned?.at(-1)?.recipe ?? run.recipe, parsed).length === 0) return;
  if (needRestart(run.recipe, parsed).length === 0) void changeRun(parsed);
}

/** Makes the run that is going on follow another recipe, where that needs no new run. */
async function changeRun(recipe: Recipe): Promise<void> {
  const result = await client.change(recipe);
  if (!result.ok) setState({ run: { ...getState().run, message: result.failure.message } });
}
