import { objectiveForOneTokenizer } from '../../engine/recipe/arms.ts';
import type { RecipeIssue } from '../../engine/recipe/schema.ts';
import type { Store } from '../../store/store.ts';
import { fieldLabel } from '../recipe/fields.ts';

/** What Run waits for by itself; undefined when it does not. */
export function runWait({ device, load }: Pick<Store, 'device' | 'load'>): string | undefined {
  if (device.status === 'opening') return 'Opening the graphics device.';
  if (device.status === 'failed' || load.status === 'failed' || load.status === 'ready') return undefined;
  return 'Loading the pair.';
}

/** Why Run cannot be pressed, as one sentence with what to do; undefined when it can. */
export function runBlocker(
  state: Pick<Store, 'device' | 'load' | 'issues' | 'draft' | 'pairs' | 'sweep'>,
): string | undefined {
  const wait = runWait(state);
  if (wait !== undefined) return wait;
  if (state.sweep !== undefined) return 'A sweep goes on.';
  if (state.device.status === 'failed') return 'No graphics device to train on.';
  if (state.load.status === 'failed') return 'The pair is not loaded.';
  const [issue] = state.issues;
  if (issue !== undefined) return issueSentence(issue);
  const pair = state.pairs.find(({ key }) => key === state.draft.pair);
  const objective = objectiveForOneTokenizer(state.draft);
  if (objective === undefined || pair === undefined || pair.teacher.tokenizer === pair.student.tokenizer)
    return undefined;
  return `${objective} compares token by token: choose a pair with one tokenizer, or another objective.`;
}

function issueSentence({ path, message }: RecipeIssue): string {
  const label = fieldLabel(path);
  return label === undefined ? message : `Recipe, ${label}: ${message}`;
}
