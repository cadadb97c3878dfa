import { beforeEach, describe, expect, it } from 'vitest';
import type { PanelItem, TrainEvent } from '../../src/engine/run/events.ts';
import { counterpart, type TextReading } from '../../src/panels/tokens/measure.ts';
import { saidAt } from '../../src/store/slices/answers-slice.ts';
import { applyEvent } from '../../src/store/run/apply-event.ts';
import { useStore } from '../../src/store/store.ts';

const initial = useStore.getState();
const state = () => useStore.getState();
const feed = (event: TrainEvent) => useStore.setState(applyEvent(state(), event, 0));

beforeEach(() => useStore.setState(initial, true));

const item: PanelItem = {
  id: 'q1',
  type: 'name',
  question: 'What is this?',
  reference: 'Dog.',
  picture: new Uint8ClampedArray(64 * 64 * 4),
  teacher: 'Dog.',
  studentBefore: 'cat.',
};
const said = (step: number, arm: string, text: string): TrainEvent => ({
  type: 'answers',
  step,
  arm,
  answers: { q1: text },
});

describe('answers of a run', () => {
  it('are all kept, by step and arm, and never changed afterwards', () => {
    feed({ type: 'panel', items: [item] });
    expect(saidAt(state().answers, 0, 'main', 'q1')).toBeUndefined();
    feed(said(60, 'main', 'cow.'));
    const first = state().answers;
    feed(said(60, 'sft', 'sheep.'));
    feed(said(120, 'main', 'dog.'));
    expect(first).toEqual([{ step: 60, byArm: { main: { q1: 'cow.' } } }]);
    const { answers } = state();
    expect(answers.map(({ step }) => step)).toEqual([60, 120]);
    expect(saidAt(answers, 1, 'main', 'q1')).toBe('cow.');
    expect(saidAt(answers, 2, 'main', 'q1')).toBe('dog.');
    expect(saidAt(answers, 1, 'sft', 'q1')).toBe('sheep.');
    // The control answers after the recipe's own student: until then its last words stand.
    expect(saidAt(answers, 2, 'sft', 'q1')).toBe('sheep.');
    expect(saidAt(answers, 0, 'main', 'q1')).toBeUndefined();
  });

  it('are followed until a person looks back, and begin anew with the next run', () => {
    feed({ type: 'panel', items: [item] });
    feed(said(60, 'main', 'cow.'));
    expect(state().lookedAt).toBe('latest');
    state().setLookedAt(0);
    feed(said(120, 'main', 'dog.'));
    expect(state().lookedAt).toBe(0);
    feed({ type: 'panel', items: [item] });
    expect(state()).toMatchObject({ answers: [], lookedAt: 'latest' });
  });
});

describe('the other model’s token in the same place', () => {
  /** “golden.”: the teacher splits gol|den, the student go|ld|en; only the stop aligns one to one. */
  const token = (from: number, to: number, chunk: number) => ({
    id: 0,
    text: '',
    logProbability: 0,
    rank: 0,
    top: [],
    span: { from, to },
    chunk,
    kind: 'text' as const,
  });
  const text: TextReading = {
    of: 'reference',
    text: 'golden.',
    teacher: [token(0, 3, 0), token(3, 6, 0), token(6, 7, 1)],
    student: [token(0, 2, 0), token(2, 4, 0), token(4, 6, 0), token(6, 7, 1)],
    chunks: [
      { text: 'golden', teacher: { from: 0, to: 2 }, student: { from: 0, to: 3 } },
      { text: '.', teacher: { from: 2, to: 3 }, student: { from: 3, to: 4 } },
    ].map((chunk) => ({ ...chunk, logProbability: { teacher: 0, student: 0 }, kl: undefined })),
    coverage: 1,
  };

  it('is the one that spells the byte at which this one begins', () => {
    expect([0, 1, 2].map((index) => counterpart(text, 'teacher', index))).toEqual([0, 1, 3]);
    expect([0, 1, 2, 3].map((index) => counterpart(text, 'student', index))).toEqual([0, 0, 1, 2]);
    expect(counterpart(text, 'teacher', 9)).toBeUndefined();
  });
});
