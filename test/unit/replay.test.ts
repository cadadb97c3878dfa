import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sameRecipe } from '../../src/engine/recipe/same-recipe.ts';
import { close, hold, play, show } from '../../src/store/run/replay.ts';
import { useStore } from '../../src/store/store.ts';
import { recipe, recorded } from './run-fixtures.ts';

const state = () => useStore.getState();

beforeEach(() => {
  vi.useFakeTimers();
  useStore.setState(useStore.getInitialState(), true);
});
afterEach(() => vi.useRealTimers());

describe('a record that is shown', () => {
  it('whole, stands at its end; whoever opens one after another comes back to the draft before the first', () => {
    state().setField('seed', 7);
    const { draft } = state();
    show(recorded(), 'earlier');
    show({ ...recorded(), id: 'run-2', recipe: recipe({ seed: 3 }) }, 'earlier');
    expect(state()).toMatchObject({ draft: { seed: 3 }, run: { phase: 'done', step: 8 } });
    expect(state().replay).toMatchObject({ at: state().replay!.length, timer: undefined });
    close();
    expect(state()).toMatchObject({ replay: undefined, run: { phase: 'idle', step: 0 } });
    expect(sameRecipe(state().draft, draft)).toBe(true);
  });

  it('leaves the draft alone where somebody has changed it meanwhile', () => {
    show(recorded(), 'earlier');
    state().setField('seed', 9);
    close();
    expect(state().draft).toMatchObject({ pair: 'nano', seed: 9 });
  });

  it('plays at its pace, rests, goes on, and ends by itself', () => {
    const record = recorded();
    show(record, 'recorded', 1);
    vi.advanceTimersByTime(800);
    expect(state().replay).toMatchObject({ at: 800 });
    expect(state().metrics.steps.map(({ step }) => step)).toEqual([1, 1, 2, 2]);
    hold();
    vi.advanceTimersByTime(5000);
    expect(state().replay).toMatchObject({ at: 800, timer: undefined });
    expect(vi.getTimerCount()).toBe(0);
    play();
    play(2);
    vi.advanceTimersByTime(400);
    expect(state().replay).toMatchObject({ at: 1600, speed: 2 });
    vi.advanceTimersByTime(5000);
    expect(state().replay).toMatchObject({ at: record.events.at(-1)!.at, told: record.events.length });
    expect(state().run.phase).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
    play();
    expect(state()).toMatchObject({ replay: { at: 0, told: 0 }, run: { phase: 'idle', step: 0 } });
    expect(vi.getTimerCount()).toBe(1);
    close();
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
