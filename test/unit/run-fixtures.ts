import type { Score } from '../../src/engine/evaluate/score-schema.ts';
import type { PanelItem, StepMetrics, TrainEvent } from '../../src/engine/run/events.ts';
import { addEvent, beginRecord, type RunRecord } from '../../src/engine/run/record.ts';
import type { SavedState } from '../../src/engine/run/saved-state.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { RecipeInput } from '../../src/engine/recipe/recipe.ts';

/** A short run told by hand: two arms, eight steps, a look every four. */

const score = (right: string): Score => ({
  exactMatch: [...right].filter((mark) => mark === '1').length / right.length,
  n: right.length,
  right,
  byType: { name: { exactMatch: 0.5, n: right.length } },
});

const picture = (seed: number) =>
  new Uint8ClampedArray(64 * 64 * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * seed) % 251));

const item = (i: number): PanelItem => ({
  id: `q${i}`,
  type: 'name',
  question: 'What is in the picture?',
  reference: 'Dog.',
  picture: picture(i + 1),
  teacher: 'Dog.',
  studentBefore: 'Cat, “probably”.',
});

const steps = (from: number, to: number): StepMetrics[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i).flatMap((step) =>
    ['main', 'sft'].map((arm): StepMetrics => ({
      arm,
      step,
      stage: step <= 2 ? 'align' : 'distil',
      losses: { total: 10 / step, sft: 1 / step },
      gradientNorm: 1.5,
      learningRate: 1e-3,
    })),
  );

const metrics = (from: number, to: number): TrainEvent => ({
  type: 'metrics',
  steps: steps(from, to),
  stepsPerSecond: 2,
  examplesPerSecond: 32,
  gpuBytes: 1e6 * to,
  tensors: 10,
});

export const recipe = (input: RecipeInput = {}) =>
  recipeSchema.parse({
    pair: 'nano',
    arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
    // As it was by default when the stored files were written.
    stages: {
      align: { steps: 2 },
      distil: { steps: 6, learningRate: 1e-3, finalLearningRate: 1e-4 },
      finetune: { steps: 0 },
    },
    student: { visionEncoder: 'trained' },
    evaluation: { everySteps: 4, liveQuestions: 8, finalQuestions: 8 },
    ...input,
  });

const evaluation = (step: number, who: string, right: string, final = false): TrainEvent => ({
  type: 'evaluation',
  step,
  split: 'held-out-style',
  who,
  score: score(right),
  final,
});

/** Everything the engine says, `step` included. */
export function liveEvents(own = recipe()): TrainEvent[] {
  const step = (at: number): TrainEvent => ({ type: 'step', step: at, stage: at <= 2 ? 'align' : 'distil' });
  const numbers = {
    mainKl: 1,
    mainKlZeroed: 2,
    mainKlShuffled: 1.5,
    mainCe: 1,
    mainCeZeroed: 2,
    mainCeShuffled: 1.5,
    questionGradient: 0.1,
    questionAttention: 0.2,
  };
  return [
    {
      type: 'start',
      recipe: own,
      arms: [
        { key: 'main', label: 'GenRecal' },
        { key: 'sft', label: 'SFT control' },
      ],
      totalSteps: 8,
      stages: [
        { key: 'align', from: 1, to: 2 },
        { key: 'distil', from: 3, to: 8 },
      ],
      dataHash: 'd'.repeat(64),
      checkpoints: { teacher: 't'.repeat(64), student: 's'.repeat(64) },
      trainableParameters: { align: 1, distil: 2, finetune: 1 },
    },
    { type: 'status', message: 'The teacher answers.', progress: 0.5 },
    { type: 'panel', items: [item(0), item(1)] },
    evaluation(0, 'before', '11000000'),
    evaluation(0, 'before', '11000000', true),
    evaluation(0, 'teacher', '11111110', true),
    { type: 'stage', stage: 'align', step: 1 },
    step(1),
    metrics(1, 2),
    step(2),
    { type: 'probe', step: 2, arm: 'main', numbers },
    { type: 'stage', stage: 'distil', step: 3 },
    step(3),
    metrics(3, 4),
    step(4),
    { type: 'answers', step: 4, arm: 'main', answers: { q0: 'Dog.', q1: 'Car.' } },
    evaluation(4, 'main', '11110000'),
    evaluation(4, 'sft', '11100000'),
    { type: 'paused', step: 4 },
    { type: 'resumed', step: 4 },
    step(5),
    step(6),
    metrics(5, 8),
    step(7),
    step(8),
    { type: 'status', message: 'Every student answers again.' },
    { type: 'answers', step: 8, arm: 'main', answers: { q0: 'Dog.', q1: 'Dog.' } },
    evaluation(8, 'main', '11111100', true),
    evaluation(8, 'sft', '11110000', true),
    {
      type: 'done',
      final: {
        split: 'held-out-style',
        questions: 8,
        before: score('11000000'),
        teacher: score('11111110'),
        arms: [
          { key: 'main', label: 'GenRecal', after: score('11111100') },
          { key: 'sft', label: 'SFT control', after: score('11110000') },
        ],
        otherSplits: [],
        steps: 8,
        seconds: 12,
        trainSeconds: 8,
      },
    },
  ];
}

/** The record that these events make, one every 100 ms of work. */
export function recorded(events = liveEvents(), id = 'run-1'): RunRecord {
  const record = begun(events, id);
  let at = -100;
  for (const event of events) addEvent(record, (at += event.type === 'resumed' ? 0 : 100), event);
  return record;
}

/** The record of a run that has told nothing yet of these events. */
export function begun(events = liveEvents(), id = 'run-1'): RunRecord {
  const [start] = events;
  if (start?.type !== 'start') throw new Error('a run begins with its start');
  return beginRecord({ id, startedAt: '2026-11-23T10:00:00.000Z', adapter: 'test adapter' }, start);
}

/** A state that goes on from a record. */
export function stateOf(record: RunRecord, change: Partial<SavedState> = {}): SavedState {
  return {
    recipe: record.recipe,
    dataHash: record.dataHash,
    teacher: record.checkpoints.teacher,
    student: record.checkpoints.student,
    step: 4,
    seconds: 1,
    trainSeconds: 1,
    untold: [],
    answers: {},
    seeds: [{ random: [1, 2, 3, 4], order: [0], cursor: 0 }],
    tensors: new Map(),
    ...change,
  };
}
