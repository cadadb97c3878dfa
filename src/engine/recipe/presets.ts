import type { RecipeInput } from './schema.ts';

export interface Preset {
  key: string;
  label: string;
  /** One sentence: what it shows. */
  why: string;
  recipe: RecipeInput;
}

export const presets: readonly Preset[] = [
  {
    key: 'default',
    label: 'Mini pair',
    why: 'All three stages at the size an integrated graphics chip trains in minutes.',
    recipe: {},
  },
  {
    key: 'nano-quick',
    label: 'Nano, quick look',
    why: 'A few minutes with the smallest pair even without a graphics card; shows every part of the page.',
    recipe: {
      pair: 'nano',
      data: { examples: 2048 },
      stages: { align: { steps: 20 }, distil: { steps: 300 }, finetune: { steps: 40 } },
      evaluation: { everySteps: 20, liveQuestions: 48, finalQuestions: 240 },
    },
  },
  {
    key: 'small',
    label: 'Small pair',
    why: 'The largest built-in pair; comfortable on a discrete graphics card.',
    recipe: { pair: 'small', data: { batchSize: 32 } },
  },
  {
    key: 'no-regulariser',
    label: 'Without the regulariser',
    why: 'L_reg off: the Recalibrator has nothing that ties it to the teacher’s own features; the paper loses accuracy here.',
    recipe: { loss: { regulariser: 'none' } },
  },
  {
    key: 'too-fast',
    label: 'Learning rate far too high',
    why: 'Instructively bad: watch the losses jump and the held-out accuracy fall below the start.',
    recipe: {
      stages: {
        align: { learningRate: 0.2, finalLearningRate: 0.2 },
        distil: { learningRate: 0.2, finalLearningRate: 0.2 },
      },
      optimiser: { clipNorm: 0 },
    },
  },
];
