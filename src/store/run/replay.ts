import { runName } from '../../engine/recipe/run-name.ts';
import { sameRecipe } from '../../engine/recipe/same-recipe.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import { loadPair } from '../engine/load-pair.ts';
import { cleared } from '../slices/cleared.ts';
import { isSame, loadable } from '../slices/pair-slice.ts';
import type { Replay } from '../slices/replay-slice.ts';
import { idleRun, isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { foldEvents } from './apply-event.ts';

const { getState, setState } = useStore;

/** ms between two looks at the clock while a record plays. */
const tick = 200;

/** Times as fast as it was, unless somebody chooses: half an hour in less than a minute. */
export const usualSpeed = 50;

/** Shows a whole record of this browser, or of a file, in the panels. Its recipe becomes the draft, and its pair is loaded. */
export function show(record: RunRecord): void {
  if (isActive(getState().run.phase)) return;
  const { recipe } = record;
  const { draft, replay, load } = getState();
  // Whoever opens one record after another comes back to what they had before the first.
  const before = replay?.before ?? draft;
  getState().takeRecipe(recipe);
  open(record, { kind: 'earlier', speed: Infinity, begin: 0, before });
  advance(Infinity);
  if (load.status === 'idle' || !isSame(load, loadable(recipe))) void loadPair(recipe.pair);
}

/** Plays a record that came with the page, from its first update to its end in `duration` ms; the draft and its pair stay as they are. */
export function tell(record: RunRecord, duration: number): void {
  if (isActive(getState().run.phase)) return;
  close();
  const begin = record.events.find(({ event }) => event.type === 'stage')?.at ?? 0;
  const speed = (lengthOf(record) - begin) / duration;
  open(record, { kind: 'recorded', speed, begin, before: getState().draft });
  advance(begin);
  keepPlaying();
}

function lengthOf({ events }: RunRecord): number {
  return events.at(-1)?.at ?? 0;
}

function open(record: RunRecord, how: Pick<Replay, 'kind' | 'speed' | 'begin' | 'before'>): void {
  const { recipe, name } = record;
  setState({
    ...cleared(),
    // Loading the record's pair asks for it before the first event tells.
    run: { ...idleRun, recipe },
    replay: {
      record,
      name: name ?? runName(recipe).short,
      told: 0,
      at: 0,
      length: lengthOf(record),
      timer: undefined,
      ...how,
    },
  });
}

/** Plays, by default at the speed it had before, from where it is, or from where it began where it is at its end. */
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
    advance(replay.begin);
  } else setState({ replay: { ...replay, speed } });
  keepPlaying();
}

export function hold(): void {
  const { replay } = getState();
  if (replay !== undefined) setState({ replay: { ...replay, timer: undefined } });
}

/** Takes a record from the panels; the recipe is again what it was before, unless somebody has changed it meanwhile. */
export function close(): void {
  const { replay, draft } = getState();
  if (replay === undefined) return;
  const { before, record, kind } = replay;
  setState(cleared());
  if (kind === 'recorded' || !sameRecipe(draft, record.recipe)) return;
  getState().takeRecipe(before);
  if (!isSame(loadable(before), loadable(draft))) void loadPair(before.pair);
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
