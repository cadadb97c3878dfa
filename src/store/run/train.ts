import type { EngineFailure } from '../../engine/errors.ts';
import type { TrainEvent } from '../../engine/run/events.ts';
import { isInterruption, isNews } from '../../engine/run/resume.ts';
import { resting, worked, working, workTime } from '../../engine/work-time.ts';
import type { Reply } from '../../worker/protocol.ts';
import { checkDevice } from '../engine/check-device.ts';
import { client } from '../engine/client.ts';
import { foresee } from '../engine/forecast.ts';
import { engineBack, isLoss } from '../engine/supervise.ts';
import type { KeptRun } from '../kept/keep-run.ts';
import { cleared } from '../slices/cleared.ts';
import type { RunState } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { EventSink } from './event-sink.ts';
import { originAfterLoss, stepOf, type Origin } from './origin.ts';
import { showPast } from './past.ts';

const { getState, setState } = useStore;

/** A run that loses its engine so often from the same saved step would go on losing it. */
const maxLosses = 3;

/** Has the engine train; the events go into the state and into a record. Resolves when the run has ended. */
export async function train(origin: Origin): Promise<void> {
  setState({ wanted: 'running', latestState: origin.state, present: undefined });
  // At once, whatever comes: a run that cannot be kept loses nothing else.
  const keeping = import('../kept/keep-run.ts').then(({ keepRun }) => keepRun(origin)).catch(() => undefined);
  if (!(await checkDevice())) {
    // Nothing has begun; what became of the device the page says by itself.
    setState(cleared());
    await (await keeping)?.end();
    return;
  }
  const result = await trainOn(origin, keeping);
  if (result.ok) {
    if (result.value === 'done') setState({ latestState: undefined });
  } else if (origin.state !== undefined && result.failure.code === 'state-mismatch') {
    // Nothing has begun: the panels must not show half of it.
    setState({ ...cleared(), runsNotice: result.failure });
  } else {
    const { failure } = result;
    const failed: TrainEvent = { type: 'failed', step: getState().run.step, failure };
    const at = timeOf(failed);
    (await keeping)?.take(at, failed);
    tell({ phase: 'failed', failure, message: 'The run failed.' });
  }
  await (await keeping)?.end();
  // The run may have cut its forecast short, or its recipe was edited on the way.
  const { forecast, kernelsCompiled } = getState();
  if (result.ok && (forecast === undefined || kernelsCompiled < 1)) await foresee();
}

/** Trains to the end; where the engine is lost on the way and comes back, from the latest state on, bit for bit. */
async function trainOn(
  from: Origin,
  keeping: Promise<KeptRun | undefined>,
): Promise<Reply<'done' | 'stopped'>> {
  for (let losses = 0; ;) {
    const result = await attempt(from, keeping);
    if (result.ok || !isLoss(result.failure)) return result;
    const kept = await keeping;
    const next = originAfterLoss(from, getState().latestState, kept?.record());
    losses = stepOf(next) > stepOf(from) ? 1 : losses + 1;
    if (losses === maxLosses) return { ok: false, failure: noProgress(result.failure, stepOf(next)) };
    // Also where it was lost during a rest: from here on it is at work again.
    const time = working(getState().run.time ?? workTime());
    tell({ phase: 'preparing', message: `${result.failure.message} Starting the engine again.`, time });
    const back = await engineBack();
    if (getState().wanted === 'stopped') {
      const stopped: TrainEvent = { type: 'stopped', step: getState().run.step };
      const at = timeOf(stopped);
      kept?.take(at, stopped);
      new EventSink().take(at, stopped);
      return { ok: true, value: 'stopped' };
    }
    if (!back || !(await checkDevice())) return result;
    if (next.record !== undefined) kept?.goBack(next.record);
    const { forecast } = getState().run;
    showPast(next.record, {
      message: `Going on from step ${stepOf(next)}: both models answer the questions once more.`,
      time,
      forecast,
      recipe: next.recipe,
      planned: next.changes,
    });
    setState({ setback: { failure: result.failure, wentOnFrom: stepOf(next) } });
    from = next;
  }
}

/** One run in the engine, as far as it comes. */
async function attempt(
  from: Origin,
  keeping: Promise<KeptRun | undefined>,
): Promise<Reply<'done' | 'stopped'>> {
  const sink = new EventSink();
  let over = false;
  const take = (event: TrainEvent) => {
    // A worker that is ended may have messages under way.
    if (over) return;
    if (event.type === 'start') remind();
    if (event.type === 'paused' && getState().wanted === 'stepping') setState({ wanted: 'paused' });
    const at = timeOf(event);
    void keeping.then((kept) => kept?.take(at, event));
    if (isNews(event)) sink.take(at, event);
  };
  const { recipe, state, changes } = from;
  const result = await client.run(recipe, take, { state, mode: getState().wanted, changes });
  over = true;
  sink.flush();
  return result;
}

function noProgress({ code, message }: EngineFailure, step: number): EngineFailure {
  return {
    code,
    message: `${message} That was ${maxLosses} times in a row without a new saved step after ${step}.`,
    action: 'Close what else uses the graphics card, then go on.',
  };
}

/** Commands that came while the engine did not know of the run yet. */
function remind(): void {
  const { wanted } = getState();
  if (wanted === 'paused') client.pause();
  else if (wanted === 'stopped') client.stop();
}

/** ms of work after which an event came; a rest and the end of a run stop the clock. */
function timeOf(event: TrainEvent): number {
  const { time: now = workTime() } = getState().run;
  const time = isInterruption(event) ? (event.type === 'resumed' ? working : resting)(now) : now;
  if (time !== now) tell({ time });
  return worked(time);
}

function tell(change: Partial<RunState>): void {
  setState({ run: { ...getState().run, ...change } });
}
