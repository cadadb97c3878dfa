import type { Score } from '../../src/engine/evaluate/score-schema.ts';
import type { StepMetrics, TrainEvent } from '../../src/engine/run/events.ts';
import { armsOf, mainArm } from '../../src/engine/recipe/arms.ts';
import { comparisons } from '../../src/engine/recipe/comparisons.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import { finalSplit } from '../../src/engine/recipe/splits.ts';
import { Random } from '../../src/engine/random.ts';

/** Events shaped like a long run's, of noise: to measure how the page draws them, and for nothing else. */
export const armKeys = [mainArm, 'labels-alone', 'uld'];
export const totalSteps = 6000;

const questions = 96;

export function startEvent(recipe: Recipe): TrainEvent {
  const own = { ...recipe, arms: comparisons.filter(({ key }) => armKeys.includes(key)) };
  return {
    type: 'start',
    recipe: own,
    arms: armsOf(own).map(({ key, label }) => ({ key, label })),
    totalSteps,
    stages: [
      { key: 'align', from: 1, to: 1000 },
      { key: 'distil', from: 1001, to: totalSteps },
    ],
    dataHash: '',
    checkpoints: { teacher: '', student: '' },
    trainableParameters: { align: 0, distil: 0, finetune: 0 },
  };
}

export function noisySteps(from: number, to: number, arms: readonly string[], seed = 0): StepMetrics[] {
  const random = new Random(7 + from + 1e5 * seed);
  const noise = () => Math.exp(random.next() + random.next() - 1);
  const found: StepMetrics[] = [];
  for (let step = from; step <= to; step++)
    for (const arm of arms) {
      const level = 1 + 4 * Math.exp(-step / 1500);
      const own =
        arm === mainArm
          ? { mainCe: level * noise(), mainKl: level * noise(), regCe: noise(), regKl: noise() }
          : arm === 'uld'
            ? { distillation: level * noise() }
            : {};
      found.push({
        arm,
        step,
        stage: step <= 1000 ? 'align' : 'distil',
        losses: { total: 2 * level * noise(), sft: level * noise(), ...own },
        gradientNorm: noise(),
        learningRate: 1e-3 * (1 - step / totalSteps),
      });
    }
  return found;
}

export function metricsEvent(steps: StepMetrics[]): TrainEvent {
  return { type: 'metrics', steps, stepsPerSecond: 20, examplesPerSecond: 320, gpuBytes: 1e9, tensors: 900 };
}

/** Step 0 gives what is measured once, before training. */
export function evaluationEvents(step: number): TrainEvent[] {
  const random = new Random(step);
  const share = 0.2 + (0.5 * step) / totalSteps;
  return (step === 0 ? ['before', 'teacher'] : armKeys).map((who) => ({
    type: 'evaluation',
    step,
    split: finalSplit,
    who,
    score: score(Array.from({ length: questions }, () => (random.next() < share ? '1' : '0')).join('')),
    final: false,
  }));
}

function score(right: string): Score {
  return {
    exactMatch: [...right].filter((mark) => mark === '1').length / questions,
    n: questions,
    right,
    byType: {},
  };
}
