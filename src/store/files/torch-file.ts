import { EngineError } from '../../engine/errors.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { describeState } from '../../engine/run/saved-state.ts';
import { client } from '../engine/client.ts';
import { isLoaded } from '../engine/load-pair.ts';
import { readRecord } from '../kept/run-list.ts';
import { telling } from '../kept/telling.ts';
import { isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { download } from './download.ts';
import { pack } from './pack.ts';
import { runToSave, stateOf } from './run-files.ts';

const { getState } = useStore;

/** What goes on with the file of a pair's run, in a copy of this project. */
export function torchCommand(pair: string): string {
  return `torchrun --nproc_per_node 2 pytorch/distil.py --run ${torchFile(pair)} --out my-student`;
}

/**
 * Saves a run for PyTorch: a kept one that is not over from where it stands, one that is over from its beginning, and where there is none the recipe on
 * the screen.
 */
export function saveForTorch(): Promise<void> {
  return telling(async () => {
    const id = runToSave(getState());
    const { recipe, state } = id === undefined ? { recipe: draft(), state: undefined } : await kept(id);
    if (!isActive(getState().run.phase) && !(await isLoaded(recipe.pair))) return;
    const reply = await client.torchRun(recipe, state);
    if (!reply.ok) throw new EngineError(reply.failure.code, reply.failure.message, reply.failure.action);
    download(torchFile(recipe.pair), await pack(reply.value));
  });
}

function torchFile(pair: string): string {
  return `genrecal-${pair}-torch.zip`;
}

function draft(): Recipe {
  const { parsed, issues } = getState();
  if (parsed !== undefined && issues.length === 0) return parsed;
  throw new EngineError(
    'recipe-invalid',
    'The recipe on the screen cannot be run.',
    'Correct its marked fields, then save it again.',
  );
}

async function kept(id: string): Promise<{ recipe: Recipe; state: Uint8Array | undefined }> {
  const state = await stateOf(id, getState().present?.id === id);
  // It goes on with what it followed last.
  if (state !== undefined) return { recipe: describeState(state).recipe, state };
  return { recipe: (await readRecord(id)).recipe, state };
}
