import { namesInPair, ownPair, ownPrefix } from '../../engine/models/checkpoints/own-pair.ts';
import { toFailure, type EngineFailure } from '../../engine/errors.ts';
import type { LoadEvent, Origin, Reply } from '../../worker/protocol.ts';
import { client } from '../engine/client.ts';
import { loadPair } from '../engine/load-pair.ts';
import { isBusy } from '../slices/sweep-slice.ts';
import type { Brought, OwnModelDialog, OwnRole } from '../slices/pair-slice.ts';
import { useStore } from '../store.ts';
import { filesOf } from './folder-files.ts';
import { openAgain } from './open-again.ts';
import { remember } from './remembered.ts';

const { getState, setState } = useStore;

/**
 * Looks at a person's model, without its weights, and weighs the recipe with it in the loaded pair. Where the pair is not loaded because this half
 * of it is missing, the model is opened as that.
 * @param expected the name that it has to have
 */
export async function lookAtOwnModel(role: OwnRole, brought: Brought, expected?: string): Promise<void> {
  const missing = missingModel(role);
  if (missing !== undefined) {
    setState({ ownModel: undefined });
    await openAgain([{ what: 'model', name: missing, place: brought }]);
    return;
  }
  const { parsed } = getState();
  const busy = whyNot();
  if (busy !== undefined || parsed === undefined) {
    refuse(role, busy ?? notNow('The recipe has a field that cannot be used.', 'Correct it first.'));
    return;
  }
  const mine = { role, step: 'look' as const };
  setState({ ownModel: mine });
  const result = await withOrigin(brought, (origin) => client.weigh(origin, role, parsed));
  // Closed meanwhile, or another one is looked at.
  if (getState().ownModel !== mine) return;
  if (!result.ok) {
    refuse(role, result.failure);
    return;
  }
  const weighed = result.value;
  setState({ ownModel: { role, step: 'known', brought: weighed.pinned ?? brought, expected, weighed } });
}

/**
 * Reads a person's model and makes a pair of it and the other half of the pair that is chosen. Refused, it leaves everything as it was.
 * @param remembering whether the person wants it remembered
 */
export async function takeOwnModel(
  { role, brought, expected }: Pick<OwnModelDialog & { step: 'known' }, 'role' | 'brought' | 'expected'>,
  remembering: boolean,
): Promise<void> {
  const busy = whyNot();
  if (busy !== undefined) {
    refuse(role, busy);
    return;
  }
  let mine: OwnModelDialog = {
    role,
    step: 'read',
    progress: { file: '', loadedBytes: 0, totalBytes: 0 },
  };
  setState({ ownModel: mine });
  // Who has closed the dialog meanwhile, or opened another model, does not want this one.
  const wanted = () => getState().ownModel === mine;
  const told = (progress: LoadEvent) => {
    if (!wanted()) return;
    mine = { role, step: 'read', progress };
    setState({ ownModel: mine });
  };
  const result = await withOrigin(brought, (origin) => client.bring(origin, told, expected));
  if (!wanted()) return;
  const { pairs, draft } = getState();
  const beside = pairs.find(({ key }) => key === draft.pair);
  if (!result.ok) return refuse(role, result.failure);
  if (beside === undefined) return refuse(role, notLoaded);
  const report = result.value;
  const pair = ownPair(
    role === 'teacher' ? report : beside.teacher,
    role === 'student' ? report : beside.student,
  );
  setState({ pairs: [...pairs.filter(({ key }) => key !== pair.key), pair], ownModel: undefined });
  const { name, folder: label, bytes } = report;
  await Promise.all([
    remembering && ('kind' in brought || 'repo' in brought)
      ? remember({ what: 'model', name, label, bytes: 'repo' in brought ? bytes : 0, place: brought })
      : undefined,
    loadPair(pair.key),
  ]);
}

/** Asks the engine about what a person brought; a folder's files are listed first, which the browser may refuse. */
async function withOrigin<T>(
  brought: Brought,
  ask: (origin: Origin) => Promise<Reply<T>>,
): Promise<Reply<T>> {
  try {
    return await ask('repo' in brought ? brought : await filesOf(brought));
  } catch (error) {
    return { ok: false, failure: toFailure(error) };
  }
}

/** The half of the chosen pair that is a person's own, where the pair could not be loaded. */
function missingModel(role: OwnRole): string | undefined {
  const { load } = getState();
  const name = load.status === 'failed' ? namesInPair(load.pair)?.[role] : undefined;
  return name?.startsWith(ownPrefix) ? name : undefined;
}

/** Why a pair cannot change now. */
function whyNot(): EngineFailure | undefined {
  const { load } = getState();
  if (isBusy(getState()))
    return notNow('A run is going on: its pair stays as it is.', 'Open the model when the run is done.');
  if (load.status === 'failed') return notLoaded;
  if (load.status !== 'ready') return notNow('No pair is loaded yet.', 'Wait until it is.');
  return undefined;
}

function notNow(message: string, action: string): EngineFailure {
  return { code: 'engine-busy', message, action };
}

const notLoaded = notNow('The chosen pair is not loaded.', 'Choose one that is here, then open the model.');

function refuse(role: OwnRole, failure: EngineFailure): void {
  setState({ ownModel: { role, step: 'choose', failure } });
}
