import { runName } from '../../engine/recipe/run-name.ts';
import { sameRecipe } from '../../engine/recipe/same-recipe.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import { loadPair } from '../engine/load-pair.ts';
import { cleared } from '../slices/cleared.ts';
import type { Replay } from '../slices/replay-slice.ts';
import { idleRun, isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { foldEvents } from './apply-event.ts';

const { getState, setState } = useStore;

/** ms between two looks at the clock while a record plays. */
const tick = 200;

/** Times as fast as it was, unless somebody chooses: half an hour in less than a minute. */
export const usualSpeed = 50;

/** Shows a record in the panels: whole, or from its start at `speed` times the pace it had. Its recipe becomes the draft. */
export function show(record: RunRecord, kind: Replay['kind'], speed = Infinity): void {
  const { run, draft, replay } = getState();
  if (isActive(run.phase)) return;
  const { recipe, events } = record;
  const length = events.at(-1)?.at ?? 0;
  getState().takeRecipe(recipe);
  setState({
    ...cleared(),
    // Loading the record's pair asks for it before the first event tells.
    run: { ...idleRun, recipe },
    replay: {
      record,
      kind,
      name: runName(recipe).short,
      told: 0,
      at: 0,
      length,
      timer: undefined,
      speed,
      // Whoever opens one record after another comes back to what they had before the first.
      before: replay?.before ?? draft,
    },
  });
  advance(speed === Infinity ? length : 0);
  const { load } = getState();
  if (load.status === 'idle' || load.pair !== recipe.pair) void loadPair(recipe.pair);
  if (speed !== Infinity) keepPlaying();
}

/** Plays, by default at the speed it had before, from where it is, or from the start where it is at its end. */
export function play(wanted?: number): void {
  const { replay } = getState();
  const speed = wanted ?? (replay?.speed === Infinity ? usualSpeed : (replay?.speed ?? usualSpeed));
  if (replay === undefined) return;
  if (speed === Infinity) {
    advance(replay.length);
    return;
  }
  if (replay.at >= replay.length) {
    const { recipe } = replay.record;
    setState({ ...cleared(), run: { ...idleRun, recipe }, replay: { ...replay, told: 0, at: 0, speed } });
  } else setState({ replay: { ...replay, speed } });
  keepPlaying();
}

export function hold(): void {
  const { replay } = getState();
  if (replay !== undefined) setState({ replay: { ...replay, timer: undefined } });
}

/** Takes the record from the panels; the recipe is again what it was before, unless somebody has changed it meanwhile. */
export function close(): void {
  const { replay, draft } = getState();
  if (replay === undefined) return;
  const { before, record } = replay;
  setState(cleared());
  if (!sameRecipe(draft, record.recipe)) return;
  getState().takeRecipe(before);
  if (before.pair !== draft.pair) void loadPair(before.pair);
}

function keepPlaying(): void {
  const { replay } = getState();
  if (replay === undefined || replay.told === replay.record.events.length) return;
  let then = performance.now();
  const timer = setInterval(() => {
    const { replay: playing } = getState();
    const now = performance.now();
    if (playing?.timer !== timer) {
      clearInterval(timer);
      return;
    }
    advance(playing.at + (now - then) * playing.speed);
    then = now;
  }, tick);
  setState({ replay: { ...replay, timer } });
}

/** Applies every event up to `to` ms in one update. */
function advance(to: number): void {
  const { replay } = getState();
  if (replay === undefined) return;
  const { record, told, length, timer } = replay;
  const end = record.events.findIndex(({ at }, i) => i >= told && at > to);
  const next = end < 0 ? record.events.length : end;
  const now = foldEvents(getState(), record.events.slice(told, next));
  setState({
    ...now,
    // Nothing is trained: buttons and keys must not think so.
    run: isActive(now.run.phase) ? { ...now.run, phase: 'idle' } : now.run,
    replay: {
      ...replay,
      told: next,
      at: Math.min(to, length),
      timer: next === record.events.length ? undefined : timer,
    },
  });
}
