import type { RunRecord } from '../../engine/run/record.ts';
import { runName } from '../../engine/recipe/run-name.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { foldEvents } from './apply-event.ts';
import { cleared, loadPair } from '../engine/engine.ts';
import { idleRun, isActive } from '../slices/run-slice.ts';
import type { Replay } from '../slices/runs-slice.ts';
import { useStore } from '../store.ts';

const { getState, setState } = useStore;

/** ms between two looks at the clock while a record plays. */
const tick = 200;

/** Times as fast as it was, unless somebody chooses: half an hour in less than a minute. */
export const usualSpeed = 50;

/** What plays now; a replay that the state no longer has is over. */
let playing: { record: RunRecord; done: number; before: Recipe } | undefined;

/** Shows a record in the panels: whole, or from its start at `speed` times the pace it had. Its recipe becomes the draft. */
export function show(record: RunRecord, kind: Replay['kind'], speed = Infinity): void {
  const { run, draft, replay } = getState();
  if (isActive(run.phase)) return;
  // Whoever opens one record after another comes back to what they had before the first.
  const before = replay === undefined || playing === undefined ? draft : playing.before;
  playing = { record, done: 0, before };
  const length = record.events.at(-1)?.at ?? 0;
  const { id, adapter, startedAt, recipe } = record;
  getState().takeRecipe(recipe);
  setState({
    ...cleared(),
    // Loading the record's pair asks for it before the first event tells.
    run: { ...idleRun, recipe },
    replay: {
      id,
      kind,
      name: runName(recipe).short,
      adapter,
      startedAt,
      at: 0,
      length,
      playing: speed !== Infinity,
      speed,
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
  if (replay === undefined || playing === undefined) return;
  if (speed === Infinity) {
    advance(replay.length);
    return;
  }
  if (replay.at >= replay.length) {
    playing.done = 0;
    const recipe = playing.record.recipe;
    setState({ ...cleared(), replay: { ...replay, at: 0, playing: true, speed } });
    setState({ run: { ...getState().run, recipe } });
  } else setState({ replay: { ...replay, playing: true, speed } });
  keepPlaying();
}

export function hold(): void {
  const { replay } = getState();
  if (replay !== undefined) setState({ replay: { ...replay, playing: false } });
}

/** Takes the record from the panels; the recipe is again what it was before, unless somebody has changed it meanwhile. */
export function close(): void {
  const { replay, draft } = getState();
  if (replay === undefined || playing === undefined) return;
  const { before, record } = playing;
  playing = undefined;
  setState(cleared());
  if (JSON.stringify(draft) !== JSON.stringify(record.recipe)) return;
  getState().takeRecipe(before);
  if (before.pair !== draft.pair) void loadPair(before.pair);
}

let timer: ReturnType<typeof setInterval> | undefined;

function keepPlaying(): void {
  clearInterval(timer);
  let then = performance.now();
  timer = setInterval(() => {
    const { replay } = getState();
    const now = performance.now();
    if (replay?.playing !== true) {
      clearInterval(timer);
      return;
    }
    advance(replay.at + (now - then) * replay.speed);
    then = now;
  }, tick);
}

/** Applies every event up to `to` ms in one update. */
function advance(to: number): void {
  const { replay } = getState();
  if (replay === undefined || playing === undefined) return;
  const { events } = playing.record;
  const end = events.findIndex(({ at }, i) => i >= playing!.done && at > to);
  const next = end < 0 ? events.length : end;
  const now = foldEvents(getState(), events.slice(playing.done, next));
  playing.done = next;
  const over = next === events.length;
  setState({
    ...now,
    // Nothing is trained: buttons and keys must not think so.
    run: isActive(now.run.phase) ? { ...now.run, phase: 'idle' } : now.run,
    replay: { ...replay, at: Math.min(to, replay.length), playing: replay.playing && !over },
  });
}
