import { beforeEach, describe, expect, it } from 'vitest';
import type { StepMetrics, TrainEvent } from '../../src/engine/run/events.ts';
import { defaultRecipe } from '../../src/engine/recipe/schema.ts';
import { presets } from '../../src/engine/recipe/presets.ts';
import { runBlocker } from '../../src/panels/run-bar/run-blocker.ts';
import { applyEvent } from '../../src/store/run/apply-event.ts';
import { stageSpans } from '../../src/engine/method/stages.ts';
import { useStore } from '../../src/store/store.ts';

const initial = useStore.getState();
const state = () => useStore.getState();
const feed = (event: TrainEvent) => useStore.setState(applyEvent(state(), event, 0));

beforeEach(() => {
  useStore.setState(
    {
      ...initial,
      metrics: { steps: [], evaluations: [], probes: [], features: [], readings: [], version: 0 },
    },
    true,
  );
});

const metrics = (...steps: number[]): TrainEvent => ({
  type: 'metrics',
  steps: steps.map((step): StepMetrics => ({
    arm: 'main',
    step,
    stage: 'align',
    losses: { total: 1 },
    gradientNorm: 1,
    learningRate: 1e-3,
  })),
  stepsPerSecond: 2,
  examplesPerSecond: 32,
  gpuBytes: 1e6,
  tensors: 10,
});

describe('engine events', () => {
  it('move a run from its start to a pause, on, and to its end', () => {
    const stages = stageSpans(defaultRecipe);
    const trainableParameters = { align: 1, distil: 2, finetune: 1 };
    feed({
      type: 'start',
      recipe: defaultRecipe,
      arms: [{ key: 'main', label: 'GenRecal' }],
      totalSteps: 360,
      stages,
      dataHash: '',
      checkpoints: { teacher: '', student: '' },
      trainableParameters,
    });
    expect(state().run).toMatchObject({ totalSteps: 360, stages, step: 0 });
    feed({ type: 'stage', stage: 'align', step: 1 });
    expect(state().run).toMatchObject({ phase: 'running', stage: 'align' });
    feed({ type: 'step', step: 1, stage: 'align' });
    feed({ type: 'paused', step: 1 });
    expect(state().run).toMatchObject({ phase: 'paused', step: 1, message: 'Paused after step 1.' });
    feed({ type: 'resumed', step: 1 });
    expect(state().run.phase).toBe('running');
    feed({ type: 'stopped', step: 2 });
    expect(state().run).toMatchObject({ phase: 'stopped', message: 'Stopped after step 2.' });
  });

  it('grow the metrics in place and count a version for readers', () => {
    const { steps } = state().metrics;
    feed(metrics(1, 2));
    feed(metrics(3));
    expect(state().metrics.steps).toBe(steps);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(state().metrics.version).toBe(2);
    expect(state().run).toMatchObject({ stepsPerSecond: 2, gpuBytes: 1e6 });
  });
});

describe('looks inside', () => {
  it('are kept by step, with the shapes of the run and the example of a watched step', () => {
    const space = { width: 2, teacher: [0, 1], own: [1, 0], explained: 1, cosine: 0.5, cosineOthers: 0.1 };
    const map = {
      tokens: [{ example: 0, text: 'A', first: true }],
      teacherSpace: space,
      studentSpace: space,
    };
    const { features } = state().metrics;
    feed({ type: 'features', step: 0, arm: 'main', map });
    feed({ type: 'features', step: 5, arm: 'main', map });
    expect(state().metrics.features).toBe(features);
    expect(features.map(({ step }) => step)).toEqual([0, 5]);
    const shapes = { teacher: { Nq: 27, Na: 6 }, student: { Nq: 15, Na: 4 } };
    feed({ type: 'shapes', ...shapes });
    expect(state().run.shapes).toEqual(shapes);
    const example = {
      question: 'What is this?',
      answer: 'Apple.',
      questionTokens: { teacher: 27, student: 15 },
      answerTokens: { teacher: ['Apple', '.'], student: ['apple', '.'] },
    };
    feed({ type: 'example', step: 6, example });
    expect(state().run.watched).toEqual({ step: 6, example });
  });
});

describe('the recipe', () => {
  it('names the bad field in plain words and blocks the run until it is mended', () => {
    useStore.setState({
      device: {
        status: 'ready',
        report: {
          adapter: 'test',
          vendor: '',
          architecture: '',
          software: false,
          features: [],
          variant: { lanes: 64, tile: 'workgroup' },
          maxBufferBytes: 0,
        },
      },
      load: { status: 'ready', pair: 'mini' },
    });
    expect(runBlocker(state())).toBeUndefined();
    state().setField('stages.distil.learningRate', Number.NaN);
    expect(state().issues).toEqual([{ path: 'stages.distil.learningRate', message: 'Enter a number.' }]);
    expect(runBlocker(state())).toBe('Recipe, 2 · distil, learning rate: Enter a number.');
    state().setField('stages.distil.learningRate', 2e-3);
    expect(state().draft).toEqual(defaultRecipe);
    expect(runBlocker(state())).toBeUndefined();
    state().setField('data.tasks', []);
    expect(runBlocker(state())).toMatch(/at least one kind of question/);
  });

  it('cannot run with no step in any stage', () => {
    for (const stage of ['align', 'distil', 'finetune']) state().setField(`stages.${stage}.steps`, 0);
    expect(state().issues[0]!.message).toMatch(/at least one stage/);
  });

  it('takes every preset whole', () => {
    for (const { key } of presets) {
      state().applyPreset(key);
      expect(state()).toMatchObject({ preset: key, issues: [] });
    }
    state().setField('seed', 5);
    expect(state().preset).toBeUndefined();
  });

  it('plans only stages that have steps', () => {
    const stages = structuredClone(defaultRecipe.stages);
    stages.align.steps = 0;
    stages.distil.steps = 5;
    stages.finetune.steps = 2;
    expect(stageSpans({ stages })).toEqual([
      { key: 'distil', from: 1, to: 5 },
      { key: 'finetune', from: 6, to: 7 },
    ]);
    stages.distil.steps = Number.NaN;
    expect(stageSpans({ stages })).toEqual([{ key: 'finetune', from: 1, to: 2 }]);
  });
});
