import type { Recipe } from '../../engine/recipe/recipe.ts';
import { jointRun } from '../../engine/sweep/joint.ts';
import { runsOf, type SweepRun } from '../../engine/sweep/runs.ts';
import { splitRecord } from '../../engine/sweep/split.ts';
import { worked, workTime } from '../../engine/work-time.ts';
import { client } from '../engine/client.ts';
import { removeRun } from '../kept/deletion.ts';
import { takeApart } from '../kept/take-records.ts';
import { telling } from '../kept/telling.ts';
import { isActive } from '../slices/run-slice.ts';
import type { Sweep } from '../slices/sweep-slice.ts';
import { useStore } from '../store.ts';
import { begin } from './begin.ts';

const { getState, setState } = useStore;

/** Failures after which the next run would fail too. */
const final = new Set(['device-lost', 'engine-lost', 'out-of-memory', 'internal', 'engine-busy']);

/** The runs that train these settings on what is loaded: together where that can be. */
export function sweepRuns(settings: readonly Recipe[]): Promise<SweepRun[]> {
  return runsOf(settings, async (recipe) => {
    const result = await client.foresee(recipe);
    return result.ok ? result.value : undefined;
  });
}

/**
 * Trains settings, together where that can be and otherwise one after the other; the draft is then again what it was. Stop of a run stops them all.
 * @param fields in which they differ.
 */
export async function startSweep(settings: readonly Recipe[], fields: string[]): Promise<void> {
  const { run: current, load, draft, sweep: other } = getState();
  if (isActive(current.phase) || load.status !== 'ready' || other !== undefined) return;
  const planned: Sweep = {
    id: crypto.randomUUID(),
    fields,
    total: settings.length,
    done: 0,
    now: [],
    secondsEach: 0,
    stopping: false,
  };
  setState({ sweep: planned });
  try {
    await trainAll(planned, settings);
  } finally {
    getState().takeRecipe(draft);
    setState({ sweep: undefined });
  }
}

async function trainAll({ id, fields }: Sweep, settings: readonly Recipe[]): Promise<void> {
  const queue = await sweepRuns(settings);
  let [done, seconds] = [0, 0];
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
    if (getState().sweep?.stopping !== false) break;
    tell({ done, now: run.settings, secondsEach: done && seconds / done });
    getState().takeRecipe(run.recipe);
    await begin({ id, fields, ...(run.settings.length > 1 && { settings: run.settings }) });
    const { sweep, run: ended, present } = getState();
    seconds += worked(ended.time ?? workTime()) / 1000;
    // A run that could not begin is none of these.
    const through =
      ended.phase === 'done' || (ended.phase === 'failed' && present?.record.outcome === 'failed');
    if (!through || sweep?.stopping !== false || (ended.failure && final.has(ended.failure.code))) break;
    tell({ now: [] });
    const left = await toTrainAgain(run);
    done += run.settings.length - left.reduce((sum, other) => sum + other.settings.length, 0);
    queue.unshift(...left);
  }
}

/** Lets the present run end and begins no other. */
export function stopSweep(): void {
  tell({ stopping: true });
}

/**
 * What has to be trained again because a run that settings shared has failed: without those whose numbers broke it, or each by itself where nobody can say
 * which of them the engine refuses. Of the failed run what the broken settings have told is kept.
 */
async function toTrainAgain({ settings }: SweepRun): Promise<SweepRun[]> {
  const {
    run: { phase, failure },
    present,
  } = getState();
  if (settings.length === 1 || present === undefined || phase !== 'failed') return [];
  const breaks = settings.map(({ arms }) => arms.some(({ as }) => as === failure?.arm));
  await telling(async () => {
    const parts = splitRecord(present.record);
    await takeApart(
      present.record,
      parts.filter((_, i) => breaks[i]),
    );
    // They are there already where the run had no state to go on from.
    for (const { id } of parts.filter((_, i) => !breaks[i])) await removeRun(id);
  });
  const others = settings.filter((_, i) => !breaks[i]).map(({ recipe }) => recipe);
  return breaks.includes(true)
    ? sweepRuns(others)
    : others.map((recipe) => ({ ...jointRun([recipe])!, seconds: undefined }));
}

function tell(change: Partial<Sweep>): void {
  const { sweep } = getState();
  if (sweep !== undefined) setState({ sweep: { ...sweep, ...change } });
}
