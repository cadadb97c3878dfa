import { differences, needRestart } from '../../engine/recipe/live.ts';
import { parseRecipe } from '../../engine/recipe/schema.ts';
import { useStore } from '../store.ts';

/** Milliseconds after the last key: a half-typed number must not become a loss weight. */
const patience = 700;

/** Hands changes of the draft to the run that is going on, as far as it can take them. */
export function followLiveEdits(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  useStore.subscribe(({ draft, run }, before) => {
    // What was changed before the engine took changes is handed over when it does.
    if (draft === before.draft && run.phase === before.run.phase) return;
    clearTimeout(timer);
    timer = setTimeout(handOver, patience);
  });
}

function handOver(): void {
  const { draft, run } = useStore.getState();
  const parsed = parseRecipe(draft);
  const takes = run.phase === 'running' || run.phase === 'paused';
  if (!takes || run.recipe === undefined || !parsed.ok) return;
  if (differences(run.recipe, parsed.recipe).length === 0) return;
  if (needRestart(run.recipe, parsed.recipe).length === 0)
    void import('./training.ts').then(({ changeRun }) => changeRun(parsed.recipe));
}
