import { objectiveForOneTokenizer } from '../../engine/recipe/arms.ts';
import type { RecipeIssue } from '../../engine/recipe/schema.ts';
import type { Store } from '../../store/store.ts';
import { fieldLabel } from '../recipe/fields.ts';

/** Why Run cannot be pressed, as one sentence with what to do; undefined when it can. */
export function runBlocker(
  state: Pick<Store, 'device' | 'load' | 'issues' | 'draft' | 'pairs'>,
): string | undefined {
  if (state.device.status === 'opening') return 'Opening the graphics device.';
  if (state.device.status === 'failed') return 'No graphics device to train on.';
  if (state.load.status === 'failed') return 'The pair is not loaded.';
  if (state.load.status !== 'ready') return 'Loading the pair.';
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
