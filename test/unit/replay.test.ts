import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sameRecipe } from '../../src/engine/recipe/same-recipe.ts';
import { recordFromJson } from '../../src/engine/run/record-json.ts';
import { askedAt } from '../../src/panels/side-by-side/use-asked.ts';
import { close, hold, play, show, tell } from '../../src/store/run/replay.ts';
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
    show(recorded());
    show({ ...recorded(), id: 'run-2', recipe: recipe({ seed: 3 }) });
    expect(state()).toMatchObject({ draft: { seed: 3 }, run: { phase: 'done', step: 8 } });
    expect(state().replay).toMatchObject({ at: state().replay!.length, timer: undefined });
    close();
    expect(state()).toMatchObject({ replay: undefined, run: { phase: 'idle', step: 0 } });
    expect(sameRecipe(state().draft, draft)).toBe(true);
  });

  it('leaves the draft alone where somebody has changed it meanwhile', () => {
    show(recorded());
    state().setField('seed', 9);
    close();
    expect(state().draft).toMatchObject({ pair: 'nano', seed: 9 });
  });

  it('plays from its first update at its pace, rests, goes on, and ends by itself', () => {
    const record = recorded();
    const begin = record.events.find(({ event }) => event.type === 'stage')!.at;
    const length = record.events.at(-1)!.at;
    tell(record, length - begin);
    expect(state().replay).toMatchObject({ at: begin, speed: 1 });
    expect(state().panel).not.toEqual([]);
    vi.advanceTimersByTime(400);
    expect(state().replay).toMatchObject({ at: begin + 400 });
    expect(state().metrics.steps.map(({ step }) => step)).toEqual([1, 1, 2, 2]);
    hold();
    vi.advanceTimersByTime(5000);
    expect(state().replay).toMatchObject({ at: begin + 400, timer: undefined });
    expect(vi.getTimerCount()).toBe(0);
    play();
    play(2);
    vi.advanceTimersByTime(400);
    expect(state().replay).toMatchObject({ at: begin + 1200, speed: 2 });
    vi.advanceTimersByTime(5000);
    expect(state().replay).toMatchObject({ at: length, told: record.events.length });
    expect(state().run.phase).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
    play();
    expect(state()).toMatchObject({ replay: { at: begin }, run: { step: 0 } });
    expect(state().run.summary).toBeUndefined();
    expect(vi.getTimerCount()).toBe(1);
    close();
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that came with the page leaves a person’s own recipe and pair alone, and gives way to theirs', async () => {
    state().setField('pair', 'medium');
    state().setField('seed', 7);
    const { draft } = state();
    useStore.setState({ load: { status: 'ready', pair: 'medium' } });
    tell(recorded(), 1000);
    expect(state()).toMatchObject({ draft, load: { status: 'ready', pair: 'medium' } });
    expect(state().run.recipe).toMatchObject({ pair: 'nano' });
    state().setField('seed', 8);
    close();
    expect(state().draft).toMatchObject({ pair: 'medium', seed: 8 });
    // An earlier run was open: its recipe goes with it.
    show(recorded());
    expect(state().draft).toMatchObject({ pair: 'nano' });
    tell(recorded(), 1000);
    expect(state().draft).toMatchObject({ pair: 'medium', seed: 8 });
    close();
  });

  it('tells the one that came with the page in half a minute: a step within 2 s, an answer within 15', () => {
    const record = recordFromJson(JSON.parse(readFileSync('public/recorded/default.json', 'utf8')));
    tell(record, 28_000);
    const said = () => askedAt(state().panel, state().answers, 'latest');
    expect(said()).toHaveLength(96);
    expect(said().every(({ item, now }) => now === item.studentBefore)).toBe(true);
    vi.advanceTimersByTime(2000);
    expect(state().run.step).toBeGreaterThan(0);
    vi.advanceTimersByTime(13_000);
    expect(said().filter(({ change }) => change === 'gained').length).toBeGreaterThan(5);
    vi.advanceTimersByTime(15_000);
    expect(state().run.phase).toBe('done');
  });
});
