import { aboutBuiltIn, aboutOwnData } from '../../engine/data/own/about-own-data.ts';
import { toFailure, type EngineFailure } from '../../engine/errors.ts';
import { ownDataName, sameOwnData } from '../../engine/own-data-key.ts';
import { dataWord, isOfText } from '../../engine/recipe/splits.ts';
import type { LoadEvent, Reply, SeenData } from '../../worker/protocol.ts';
import type { Chosen, OwnDataDialog } from '../slices/pair-slice.ts';
import { isBusy } from '../slices/sweep-slice.ts';
import { useStore } from '../store.ts';
import { client } from '../engine/client.ts';
import { loadPair } from '../engine/load-pair.ts';
import { filesOf } from '../own/folder-files.ts';
import { notThese } from '../own/open-again.ts';
import { remember } from '../own/remembered.ts';

const { getState, setState } = useStore;

/**
 * Reads a person's pictures with questions, or questions of text alone where the chosen pair reads no pictures, and shows what they are before they are
 * taken.
 * @param expected the name that they have to have, where they were remembered under one
 */
export async function readOwnData(chosen: Chosen, expected?: string): Promise<void> {
  const busy = whyNot();
  if (busy !== undefined) return setState({ ownData: { step: 'choose', failure: busy } });
  let mine: OwnDataDialog = { step: 'read', progress: { file: '', loadedBytes: 0, totalBytes: 0 } };
  setState({ ownData: mine });
  // Closed meanwhile, or others are read.
  const over = () => getState().ownData !== mine;
  const result = await read(chosen, expected, (progress) => {
    if (over()) return;
    mine = { step: 'read', progress };
    setState({ ownData: mine });
  });
  if (over()) return;
  setState({
    ownData: result.ok
      ? { step: 'seen', chosen, remembered: expected !== undefined, seen: result.value }
      : { step: 'choose', failure: result.failure },
  });
}

async function read(
  chosen: Chosen,
  expected: string | undefined,
  onProgress: (event: LoadEvent) => void,
): Promise<Reply<SeenData>> {
  try {
    const pictures = !isOfText(getState().draft.evaluation.split);
    const result = await client.readData(await filesOf(chosen), pictures, onProgress);
    return result.ok && expected !== undefined && !sameOwnData(result.value.report.key, expected)
      ? { ok: false, failure: notThese(expected) }
      : result;
  } catch (error) {
    return { ok: false, failure: toFailure(error) };
  }
}

/**
 * Makes the recipe one about these data; one that came about them already, by a link or with a record, stays as it is.
 * @param remembering whether the person wants their folder remembered
 */
export async function takeOwnData(
  { seen, chosen }: Pick<OwnDataDialog & { step: 'seen' }, 'seen' | 'chosen'>,
  remembering: boolean,
): Promise<void> {
  const { key, sides } = seen.report;
  const busy = whyNot() ?? ofOtherKind(sides);
  if (busy !== undefined) return setState({ ownData: { step: 'choose', failure: busy } });
  const { draft, parsed, taken, takeRecipe } = getState();
  const before = draft.data.own === undefined ? parsed : taken?.before;
  setState({ ownData: undefined, left: undefined, taken: { data: { key, sides }, before } });
  if (!sameOwnData(draft.data.own, key)) takeRecipe(aboutOwnData(draft, { key, sides }));
  await Promise.all([
    remembering && 'kind' in chosen
      ? remember({
          what: sides.training.pictures > 0 ? 'pictures' : 'questions',
          name: key,
          label: ownDataName(key),
          bytes: 0,
          place: chosen,
        })
      : undefined,
    loadPair(draft.pair),
  ]);
}

/** Back to the built-in data, with the recipe as it was about them. */
export async function takeBuiltInData(): Promise<void> {
  const { draft, taken, takeRecipe } = getState();
  if (isBusy(getState())) return;
  // Other data may have come since, by a link or with a record.
  const before =
    taken !== undefined && sameOwnData(taken.data.key, draft.data.own) ? taken.before : undefined;
  takeRecipe(before === undefined ? aboutBuiltIn(draft) : { ...before, pair: draft.pair });
  await loadPair(draft.pair);
}

/** Why the data cannot change now. */
function whyNot(): EngineFailure | undefined {
  const { load, parsed } = getState();
  if (isBusy(getState()))
    return notNow('A run is going on: its data stay as they are.', 'Open yours when the run is done.');
  if (load.status === 'loading' || load.status === 'idle')
    return notNow('A pair is being loaded.', 'Wait until it is.');
  if (parsed === undefined) return notNow('The recipe has a field that cannot be used.', 'Correct it first.');
  return undefined;
}

/** Another pair may have been chosen since they were read. */
function ofOtherKind({ training }: SeenData['report']['sides']): EngineFailure | undefined {
  const word = dataWord(getState().draft.evaluation.split);
  return training.pictures > 0 === (word === 'pictures')
    ? undefined
    : notNow(`The pair that is chosen now is asked about other ${word}.`, 'Open them for this pair.');
}

function notNow(message: string, action: string): EngineFailure {
  return { code: 'engine-busy', message, action };
}
