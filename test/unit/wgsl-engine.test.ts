import { describe, expect, it } from 'vitest';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { loaded, smallData } from './loaded.ts';

/** The recorded engine against the reference engine: same recipe, same batches, real nano pair. */
const context = loaded('nano');

const parse = (input: RecipeInput) =>
  recipeSchema.parse({
    pair: 'nano',
    arms: [],
    evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 8 },
    logEverySteps: 5,
    ...input,
  });

/** @param later a recipe that the run is told to follow when step 4 is done. */
async function curve(
  input: RecipeInput,
  engine: 'wgsl' | 'tfjs',
  later?: RecipeInput,
): Promise<StepMetrics[]> {
  const trainer = new Trainer(context.session, parse(input), undefined, engine);
  const steps: StepMetrics[] = [];
  for await (const event of trainer.run()) {
    if (event.type === 'metrics') steps.push(...event.steps);
    if (later !== undefined && event.type === 'step' && event.step === 4) trainer.change(parse(later));
  }
  trainer.dispose();
  return steps;
}

/** The largest relative difference over all terms, steps and the gradient norm. */
function largestDifference(a: readonly StepMetrics[], b: readonly StepMetrics[]): number {
  expect(a.length).toBe(b.length);
  let worst = 0;
  a.forEach((step, i) => {
    const other = b[i]!;
    expect(Object.keys(step.losses).sort()).toEqual(Object.keys(other.losses).sort());
    const pairs: [number, number][] = [
      [step.gradientNorm, other.gradientNorm],
      ...Object.entries(step.losses).map(
        ([term, value]) => [value, other.losses[term as 'total']] as [number, number],
      ),
    ];
    for (const [x, y] of pairs) worst = Math.max(worst, Math.abs(x - y) / Math.max(Math.abs(y), 1e-3));
  });
  return worst;
}

/** Adam divides a gradient by its own size: an entry that is nothing but rounding would move by the whole rate, in each engine another way. */
const optimiser = { epsilon: 1e-5 };
const short = {
  optimiser,
  data: { ...smallData, examples: 48 },
  student: { visionEncoder: 'trained' as const },
  stages: { align: { steps: 3 }, distil: { steps: 3 }, finetune: { steps: 3 } },
};
const cases: [string, RecipeInput][] = [
  ['defaults', {}],
  ['own positions', { recalibrator: { reassignPositions: false } }],
  ['no norm before the projection', { recalibrator: { normBeforeProjection: false, depth: 1 } }],
  ['teacher embeddings as answer features', { recalibrator: { answerFeatures: 'teacher-embedding' } }],
  [
    'frozen Recalibrator and encoder',
    { recalibrator: { inDistil: 'frozen' }, student: { visionEncoder: 'frozen' } },
  ],
  [
    'regulariser as feature MSE in both stages',
    { loss: { regulariser: 'feature-mse', regulariserInDistil: true } },
  ],
  [
    'regulariser as KL, warm, without the first token',
    { loss: { regulariser: 'kl', temperature: 2, firstAnswerToken: false } },
  ],
  ['an SFT control beside it', { arms: [{ key: 'sft', label: 'SFT', change: { objective: 'sft' } }] }],
  [
    'an arm on a few labels beside one on the teacher’s answers',
    {
      data: { ...short.data, labelled: 8 },
      arms: [
        { key: 'alone', label: 'Labels alone', change: { objective: 'sft', 'data.unlabelled': 'ignored' } },
        { key: 'seq-kd', label: 'Sequence KD', change: { objective: 'seq-kd' } },
      ],
    },
  ],
  ['ULD on logits', { objective: 'uld', loss: { distillation: 1.5 } }],
  ['ALM on aligned chunks', { objective: 'alm', loss: { distillation: 0.5 } }],
  ['DSKD with its projectors', { objective: 'dskd', loss: { distillation: 0.5 } }],
  ['X-Token through a projection of vocabularies', { objective: 'x-token' }],
  ['LoRA on every layer', { student: { lora: { rank: 4 } } }],
  [
    'LoRA of odd rank on q and v, with ULD',
    { objective: 'uld', student: { lora: { rank: 3, targets: ['q_proj', 'v_proj'] } } },
  ],
  ['weights', { loss: { mainCe: 0.5, mainKl: 2, sft: 0.3, regulariserWeight: 0.7 } }],
];

describe('the recorded engine', () => {
  it.each(cases)('takes the reference engine’s steps: %s', async (_, change) => {
    const input = { ...short, ...change };
    const difference = largestDifference(await curve(input, 'wgsl'), await curve(input, 'tfjs'));
    expect(difference).toBeLessThan(1e-3);
  });

  it('takes over another recipe on the way', async () => {
    const input = {
      ...short,
      arms: [{ key: 'sft', label: 'SFT', change: { objective: 'sft' } }],
      stages: { ...short.stages, distil: { steps: 6 } },
    };
    const later = {
      ...input,
      loss: { mainKl: 3, sft: 0.2, temperature: 2 },
      optimiser: { ...optimiser, clipNorm: 0.1 },
      stages: { ...input.stages, distil: { steps: 6, learningRate: 1e-4 } },
    };
    const changed = await curve(input, 'wgsl', later);
    expect(largestDifference(changed, await curve(input, 'tfjs', later))).toBeLessThan(1e-3);
    // Asked for after step 4: the next step follows it, and none before.
    const unchanged = await curve(input, 'wgsl');
    const upTo = (steps: StepMetrics[], last: number) => steps.filter(({ step }) => step <= last);
    expect(upTo(changed, 4)).toEqual(upTo(unchanged, 4));
    const fifth = (steps: StepMetrics[]) => steps.find(({ step }) => step === 5)!.losses.total;
    expect(fifth(changed)).not.toBe(fifth(unchanged));

    const trainer = new Trainer(context.session, parse(input));
    expect(() => trainer.change(parse({ ...input, seed: 2, data: { ...short.data, batchSize: 3 } }))).toThrow(
      /seed, data\.batchSize/,
    );
    trainer.dispose();
  });

  it('follows the reference engine’s loss curve over 50 steps', async () => {
    const input: RecipeInput = {
      optimiser,
      data: { ...smallData, examples: 512 },
      stages: { align: { steps: 15 }, distil: { steps: 25 }, finetune: { steps: 10 } },
    };
    const [recorded, reference] = [await curve(input, 'wgsl'), await curve(input, 'tfjs')];
    const totals = (steps: StepMetrics[]) => steps.map(({ losses }) => losses.total);
    totals(recorded).forEach((value, i) => {
      const wanted = totals(reference)[i]!;
      expect(Math.abs(value - wanted) / wanted, `step ${i + 1}`).toBeLessThan(1e-4);
    });
  });
});
