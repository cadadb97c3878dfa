import { toFailure, type EngineFailure } from '../../engine/errors.ts';
import { namesInPair } from '../../engine/models/checkpoints/own-pair.ts';
import { sameOwnData } from '../../engine/own-data-key.ts';
import type { SessionProgress } from '../../worker/protocol.ts';
import { client } from '../engine/client.ts';
import { loadPair } from '../engine/load-pair.ts';
import { isSame, loadable, type Brought, type Loadable, type Remembered } from '../slices/pair-slice.ts';
import { useStore } from '../store.ts';
import { askToRead, filesOf } from './folder-files.ts';

const { getState, setState } = useStore;

/** What a recipe names and is not here, and where it is. */
export type Missing = Pick<Remembered, 'what' | 'name'> & { place: Brought };

/**
 * Opens what the pair that could not be loaded lacks, and loads it; to be called from a click. All of it has to be what the recipe names: otherwise
 * nothing changes but the reason why the pair is not loaded.
 */
export async function openAgain(missing: readonly Missing[]): Promise<void> {
  const { load } = getState();
  if (load.status !== 'failed') return;
  const wanted: Loadable = { pair: load.pair, own: load.own };
  setState({ load: { status: 'loading', ...wanted, files: {} } });
  const failure = await bringAll(missing, wanted).catch(toFailure);
  // Another recipe was taken meanwhile, or the supervisor brings the engine back.
  if (!isSame(loadable(getState().draft), wanted) || getState().device.status === 'opening') return;
  if (failure !== undefined) setState({ load: { status: 'failed', ...wanted, failure } });
  else await loadPair(wanted.pair);
}

async function bringAll(missing: readonly Missing[], wanted: Loadable): Promise<EngineFailure | undefined> {
  // While the click counts.
  for (const { place } of missing) if ('kind' in place) await askToRead(place);
  for (const one of missing) {
    const failure = await bring(one, wanted);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function bring({ what, name, place }: Missing, wanted: Loadable): Promise<EngineFailure | undefined> {
  const telling = (role: SessionProgress['role']) => (event: Omit<SessionProgress, 'role'>) => {
    const { load } = getState();
    if (load.status === 'loading' && isSame(load, wanted))
      setState({ load: { ...load, files: { ...load.files, [role]: { ...event, role } } } });
  };
  const origin = 'repo' in place ? place : await filesOf(place);
  if (what === 'model' || 'repo' in origin) {
    const role = namesInPair(wanted.pair)?.teacher === name ? 'teacher' : 'student';
    const reply = await client.bring(origin, telling(role), name);
    return reply.ok ? undefined : reply.failure;
  }
  const reply = await client.readData(origin, what === 'pictures', telling('pictures'));
  if (!reply.ok) return reply.failure;
  const { key, sides } = reply.value.report;
  if (!sameOwnData(key, name)) return notThese(name);
  setState({ taken: { data: { key, sides }, before: undefined } });
  return undefined;
}

/** Other data lie where those of this name were. */
export function notThese(name: string): EngineFailure {
  return {
    code: 'file-corrupt',
    message: `“${name}” is not there: the folder holds other data, or was changed since.`,
    action: 'Choose the folder that holds them, or go back to the built-in ones.',
  };
}
