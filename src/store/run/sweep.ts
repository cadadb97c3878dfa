import type { EngineFailure } from '../../engine/errors.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import { jointRun } from '../../engine/sweep/joint.ts';
import { runsOf, type SweepRun } from '../../engine/sweep/runs.ts';
import { splitRecord } from '../../engine/sweep/split.ts';
import { worked, workTime } from '../../engine/work-time.ts';
import { client } from '../engine/client.ts';
import { engineBack } from '../engine/supervise.ts';
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
    draft,
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

async function trainAll({ id, fields, total }: Sweep, settings: readonly Recipe[]): Promise<void> {
  const queue = await sweepRuns(settings);
  /** Failed runs that settings shared: what they told is there until those have been trained again. */
  const failed: Failed[] = [];
  let [done, seconds] = [0, 0];
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
    if (getState().sweep?.stopping !== false) return;
    tell({ done, now: run.settings, secondsEach: done && seconds / done });
    getState().takeRecipe(run.recipe);
    // It may have been lost since the run before.
    await engineBack();
    if (!(await begin({ id, fields, ...(run.settings.length > 1 && { settings: run.settings }) }))) {
      setState({ runsNotice: cutShort(done, total) });
      return;
    }
    const { sweep, run: ended, present } = getState();
    seconds += worked(ended.time ?? workTime()) / 1000;
    // A run that could not begin is none of these.
    const through =
      ended.phase === 'done' || (ended.phase === 'failed' && present?.record.outcome === 'failed');
    if (!through || sweep?.stopping !== false || (ended.failure && final.has(ended.failure.code))) return;
    tell({ now: [] });
    if (ended.phase === 'done' || run.settings.length === 1 || present === undefined) {
      done += run.settings.length;
      continue;
    }
    const breaks = run.settings.map(({ arms }) => arms.some(({ as }) => as === ended.failure?.arm));
    failed.push({ record: present.record, breaks });
    done += breaks.filter(Boolean).length;
    queue.unshift(...(await toTrainAgain(run, breaks)));
  }
  for (const one of failed) await giveWay(one);
}

/** Lets the present run end and begins no other. */
export function stopSweep(): void {
  tell({ stopping: true });
}

/** A run that settings shared and that has failed. */
interface Failed {
  record: RunRecord;
  /** Of each setting, whether its numbers broke the run. */
  breaks: boolean[];
}

/**
 * What has to be trained again because a run that settings shared has failed: without those whose numbers broke it, or each by itself where nobody can say
 * which of them the engine refuses.
 */
async function toTrainAgain({ settings }: SweepRun, breaks: Failed['breaks']): Promise<SweepRun[]> {
  const others = settings.filter((_, i) => !breaks[i]).map(({ recipe }) => recipe);
  return breaks.includes(true)
    ? sweepRuns(others)
    : others.map((recipe) => ({ ...jointRun([recipe])!, seconds: undefined }));
}

/** Keeps of a failed run what the settings that broke it have told: the others have been trained again. */
function giveWay({ record, breaks }: Failed): Promise<void> {
  return telling(async () => {
    const parts = splitRecord(record);
    await takeApart(
      record,
      parts.filter((_, i) => breaks[i]),
    );
    // They are there already where the run had no state to go on from.
    for (const { id } of parts.filter((_, i) => !breaks[i])) await removeRun(id);
  });
}

function cutShort(done: number, total: number): EngineFailure {
  return {
    code: 'engine-lost',
    message: `The sweep has ended after ${done} of ${total} settings: the next run could not begin.`,
    action: 'Start it again with the others.',
  };
}

function tell(change: Partial<Sweep>): void {
  const { sweep } = getState();
  if (sweep !== undefined) setState({ sweep: { ...sweep, ...change } });
}
