import { labelsAlone, sameAnswers } from './standard-arms.ts';
import { comparisons } from './comparisons.ts';
import { sameRecipe } from './same-recipe.ts';
import { defaultRecipe, parseRecipe } from './schema.ts';
import { type Recipe, type RecipeInput } from './recipe.ts';
import { usualTextTasks } from './splits.ts';
import { finalTextSplit } from './splits.ts';

/** What each shows is said in panels/recipe/preset-notes.ts: nothing needs that before the first paint. */
export interface Preset {
  key: string;
  label: string;
  /** Goes wrong so that one sees how it looks. */
  badOnPurpose?: true;
  /** Names its pair where it is about that pair; the others are run with the one that is loaded. */
  recipe: RecipeInput;
}

/** A comparison as the page offers it. */
function offered(wanted: string): Recipe['arms'][number] {
  const { key, label, change } = comparisons.find((arm) => arm.key === wanted)!;
  return { key, label, change };
}

export const presets: readonly Preset[] = [
  {
    key: 'default',
    label: 'Few labels, mini pair',
    recipe: { pair: 'mini' },
  },
  {
    key: 'nano-quick',
    label: 'Nano, quick look',
    recipe: {
      pair: 'nano',
      data: { examples: 2048, labelled: 0 },
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
      stages: {
        align: { steps: 20 },
        distil: { steps: 300, learningRate: 3e-3, finalLearningRate: 3e-4 },
        finetune: { steps: 40 },
      },
      evaluation: { everySteps: 20, liveQuestions: 48, finalQuestions: 240 },
    },
  },
  {
    key: 'text',
    label: 'Text alone',
    recipe: {
      pair: 'text',
      data: { tasks: usualTextTasks },
      stages: {
        align: { steps: 40 },
        distil: { steps: 480, learningRate: 3e-3, finalLearningRate: 3e-4 },
        finetune: { steps: 40 },
      },
      evaluation: { split: finalTextSplit, everySteps: 40, liveQuestions: 48, finalQuestions: 240 },
    },
  },
  {
    key: 'figure1',
    label: 'Figure 1: who learns most',
    recipe: { arms: [labelsAlone, sameAnswers, offered('uld'), offered('mined')] },
  },
  {
    key: 'no-copying',
    label: 'GenRecal that cannot copy',
    recipe: {
      arms: [
        {
          key: 'embeddings',
          label: 'GenRecal, embeddings',
          change: { 'recalibrator.answerFeatures': 'teacher-embedding' },
        },
        sameAnswers,
      ],
    },
  },
  {
    key: 'all-labels',
    label: 'All labels',
    recipe: {
      data: { labelled: 0 },
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
    },
  },
  {
    key: 'medium',
    label: 'Medium pair',
    recipe: { pair: 'medium' },
  },
  {
    key: 'few-pictures',
    label: 'Few pictures',
    recipe: {
      data: { examples: 1024 },
      stages: { distil: { learningRate: 1e-3, finalLearningRate: 1e-4 } },
      loss: { mainCe: 0 },
      arms: [
        labelsAlone,
        sameAnswers,
        { key: 'ce-kl', label: 'CE + KL (paper)', change: { 'loss.mainCe': 1 } },
      ],
    },
  },
  {
    key: 'new-style',
    label: 'Pictures of another hand',
    recipe: {
      data: { unlabelledStyles: ['streamline-emojis'] },
      arms: [labelsAlone, sameAnswers],
    },
  },
  {
    key: 'no-regulariser',
    label: 'Regulariser: none, MSE, CE + KL',
    recipe: {
      arms: [
        { key: 'ce-kl', label: 'CE + KL (paper)', change: { 'loss.regulariser': 'ce+kl' } },
        { key: 'mse', label: 'Feature MSE', change: { 'loss.regulariser': 'feature-mse' } },
      ],
      loss: { regulariser: 'none' },
    },
  },
  {
    key: 'depth',
    label: 'Rec-body: 1, 2 or 4 blocks',
    recipe: {
      recalibrator: { depth: 2 },
      arms: [
        { key: 'depth-1', label: 'GenRecal, 1 block', change: { 'recalibrator.depth': 1 } },
        { key: 'depth-4', label: 'GenRecal, 4 blocks', change: { 'recalibrator.depth': 4 } },
      ],
    },
  },
  {
    key: 'loss-weights',
    label: 'L_main: CE, KL or both',
    recipe: {
      arms: [
        { key: 'ce', label: 'GenRecal, CE alone', change: { 'loss.mainKl': 0 } },
        { key: 'kl', label: 'GenRecal, KL alone', change: { 'loss.mainCe': 0 } },
      ],
    },
  },
  {
    key: 'positions',
    label: 'New position ids (NPE) or the models’ own',
    recipe: {
      arms: [
        {
          key: 'own-positions',
          label: 'GenRecal, own positions',
          change: { 'recalibrator.reassignPositions': false },
        },
      ],
    },
  },
  {
    key: 'strong-teacher',
    label: 'The larger teacher for the nano student',
    recipe: {
      pair: 'nano-strong-teacher',
      arms: [labelsAlone, sameAnswers],
    },
  },
  {
    key: 'shuffled-teacher',
    label: 'A teacher that mixes up the pictures',
    badOnPurpose: true,
    recipe: {
      data: { unlabelled: 'shuffled-answers' },
      arms: [
        {
          key: 'good-teacher',
          label: 'GenRecal, its own answers',
          change: { 'data.unlabelled': 'teacher-answers' },
        },
      ],
    },
  },
  {
    key: 'too-fast',
    label: 'Learning rate far too high',
    badOnPurpose: true,
    recipe: {
      stages: {
        align: { learningRate: 0.2, finalLearningRate: 0.2 },
        distil: { learningRate: 0.2, finalLearningRate: 0.2 },
      },
      optimiser: { clipNorm: 0 },
    },
  },
  {
    key: 'no-align',
    label: 'No stage 1, Recalibrator frozen',
    badOnPurpose: true,
    recipe: {
      stages: { align: { steps: 0 } },
      recalibrator: { inDistil: 'frozen' },
      arms: [
        {
          key: 'trained',
          label: 'GenRecal, trained',
          change: { 'recalibrator.inDistil': 'trained' },
        },
        { key: 'sft', label: 'SFT, same answers', change: { objective: 'sft' } },
      ],
    },
  },
  {
    key: 'temperature-20',
    label: 'Temperature 20, KL alone',
    badOnPurpose: true,
    recipe: {
      loss: { temperature: 20, mainCe: 0 },
      arms: [
        {
          key: 'temperature-1',
          label: 'Temperature 1',
          change: { 'loss.temperature': 1 },
        },
      ],
    },
  },
  {
    key: 'memorise',
    label: 'Eight examples, again and again',
    badOnPurpose: true,
    recipe: {
      data: { examples: 8, batchSize: 8, labelled: 0 },
      arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
    },
  },
];

/** Parsing takes its time, and whoever asks which preset a recipe is asks for all of them. */
const parsed = new Map<string, Recipe>();

/** What a preset says is to be run with the pair that is there, unless it is about a pair of its own. */
export function recipeOf({ key, recipe }: Preset, pair = defaultRecipe.pair): Recipe {
  let own = parsed.get(key);
  if (own === undefined) {
    const result = parseRecipe(recipe);
    if (!result.ok) throw new Error(`preset ${key} is not a valid recipe`);
    own = result.recipe;
    parsed.set(key, own);
  }
  return { ...own, pair: recipe.pair ?? pair };
}

/** The preset that a recipe is, if any; with whatever seed, where that does not matter. */
export function presetOf(recipe: Recipe, { anySeed = false } = {}): Preset | undefined {
  return presets.find((preset) => {
    const own = recipeOf(preset, recipe.pair);
    return sameRecipe(anySeed ? { ...own, seed: recipe.seed } : own, recipe);
  });
}
