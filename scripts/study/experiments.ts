import { comparisons } from '../../src/engine/recipe/comparisons.ts';
import { presets } from '../../src/engine/recipe/presets.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { validationSplit } from '../../src/engine/recipe/splits.ts';
import { labelsAlone, sameAnswers } from '../../src/engine/recipe/standard-arms.ts';
import type { Recipe, RecipeInput } from '../../src/engine/recipe/recipe.ts';

/** A recipe that is run with several seeds: a preset under its own key, or one of those below. */
export interface Experiment {
  key: string;
  /** Nobody watches: only the final questions count. */
  recipe: Recipe;
  /** The same with a few of its arms each, for processes side by side: every arm is trained as if it were alone. */
  shares: Recipe[];
}

/** Other students that one process trains beside the recipe's own. */
const armsAtOnce = 4;

type Arms = NonNullable<RecipeInput['arms']>;

const ways: Arms = [
  sameAnswers,
  { key: 'kl', label: 'GenRecal, KL alone', change: { 'loss.mainCe': 0 } },
  {
    key: 'kl-2',
    label: 'GenRecal, KL × 4, T = 2',
    change: { 'loss.mainCe': 0, 'loss.mainKl': 4, 'loss.temperature': 2 },
  },
  {
    key: 'embeddings',
    label: 'GenRecal, embeddings',
    change: { 'recalibrator.answerFeatures': 'teacher-embedding' },
  },
];

/** Every method on the answers and labels of the default run; those that go over the bridge are spread over the shares. */
const methods: Arms = [
  'labels-alone',
  'sft',
  'uld',
  'mined',
  'kl',
  'kl-2',
  'alm',
  'gold',
  'embeddings',
  'seq-kd',
  'x-token',
  'dskd',
].map((wanted) => {
  const { key, label, change } = [...ways, ...comparisons].find((arm) => arm.key === wanted)!;
  return { key, label, change };
});

const others: Record<string, RecipeInput> = {
  methods: { arms: methods },
  'one-tokenizer': {
    pair: 'mini-same-tokenizer',
    arms: [
      labelsAlone,
      sameAnswers,
      { key: 'gkd', label: 'GKD', change: { objective: 'gkd' } },
      { key: 'skew-kl', label: 'Skew KL', change: { objective: 'skew-kl' } },
    ],
  },
  views: { data: { views: 'augmented' }, arms: [labelsAlone, ...ways] },
  captions: { data: { tasks: ['name', 'kind', 'caption'] }, arms: [labelsAlone, ...ways] },
};

/** What all runs that settings are chosen by have in common, whatever the page's default is by then. */
const paper = { mainCe: 1, mainKl: 1, temperature: 1 } as const;
const slow = { learningRate: 1e-3, finalLearningRate: 1e-4 } as const;
const fast = { learningRate: 2e-3, finalLearningRate: 2e-4 } as const;
const search = (
  length: number,
  data: RecipeInput['data'],
  { rate = slow, ...more }: RecipeInput & { rate?: typeof slow | typeof fast } = {},
): RecipeInput => ({
  data: { examples: 4096, labelled: 256, ...data },
  stages: { distil: { steps: length, ...rate } },
  loss: paper,
  arms: data?.tasks || data?.views || data?.unlabelledStyles ? [labelsAlone, ...ways] : ways,
  evaluation: { split: validationSplit },
  ...more,
});

/** Lengths of stage 2, numbers of examples and what is trained, as they are searched on the validation style. */
const searched: Record<string, RecipeInput> = {
  ...Object.fromEntries(
    [400, 680, 800, 1500, 4000].map((length) => [`length-${length}`, search(length, {})]),
  ),
  ...Object.fromEntries(
    [512, 1024, 2048].flatMap((examples) =>
      [400, 680, 1500].map((length) => [
        `examples-${examples}-length-${length}`,
        search(length, { examples }),
      ]),
    ),
  ),
  'labels-64-examples-1024-length-680': search(680, { examples: 1024, labelled: 64 }),
  'rate-2e-3-length-680': search(680, {}, { rate: fast }),
  'medium-validation': search(680, {}, { rate: fast, pair: 'medium' }),
  'medium-validation-length-1500': search(1500, {}, { rate: fast, pair: 'medium' }),
  'encoder-trained': search(400, {}, { student: { visionEncoder: 'trained' } }),
  'new-style-validation': search(400, { unlabelledStyles: ['streamline-emojis'] }),
  'views-validation': search(400, { views: 'augmented' }),
  'captions-validation': search(400, { tasks: ['name', 'kind', 'caption'] }),
};

/** @returns undefined where nothing has that key */
export function experiment(key: string): Experiment | undefined {
  const input = presets.find((preset) => preset.key === key)?.recipe ?? others[key] ?? searched[key];
  if (input === undefined) return undefined;
  const parsed = recipeSchema.parse(input);
  const recipe = { ...parsed, evaluation: { ...parsed.evaluation, everySteps: 0 } };
  const shares = Array.from({ length: Math.max(1, Math.ceil(recipe.arms.length / armsAtOnce)) }, (_, i) => ({
    ...recipe,
    arms: recipe.arms.slice(i * armsAtOnce, (i + 1) * armsAtOnce),
  }));
  return { key, recipe, shares };
}

export const experimentKeys: readonly string[] = [
  ...presets.map(({ key }) => key),
  ...Object.keys(others),
  ...Object.keys(searched),
];

/** Chosen by it, or measured at the end? The first kind stands in `results/search`. */
export const isSearch = (key: string): boolean => key in searched;
