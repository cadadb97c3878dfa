import { differences } from './link.ts';
import { objectives } from './objectives.ts';
import { defaultRecipe } from './schema.ts';
import type { Recipe } from './recipe.ts';

/** Names longer than this many parts end with a count of the rest. */
const maxParts = 6;

const onOff = (name: string) => (value: unknown) => (value === true ? name : `no ${name}`);
const named = (name: string) => (value: unknown) => `${name} ${short(value)}`;
const stageParts = (key: string, name: string): [string, (value: unknown) => string][] => [
  [`stages.${key}.steps`, named(name)],
  [`stages.${key}.learningRate`, named(`${name} lr`)],
  [`stages.${key}.finalLearningRate`, named(`${name} final lr`)],
];

const unlabelled: Record<string, string> = {
  ignored: 'unlabelled left out',
  'shuffled-answers': 'shuffled answers',
};

/** How a field that differs from its default is called in a name; an empty text leaves it out. */
const parts = new Map<string, (value: unknown) => string>([
  ...stageParts('align', 'align'),
  ['stages.distil.steps', named('distil')],
  ['stages.distil.learningRate', named('lr')],
  ['stages.distil.finalLearningRate', named('final lr')],
  ...stageParts('finetune', 'fine-tune'),
  ['data.tasks', (value) => (value as string[]).join('+')],
  ['data.styles', (value) => `${(value as string[]).length} styles`],
  ['data.examples', (value) => `${String(value)} examples`],
  ['data.batchSize', named('batch')],
  ['data.labelled', (value) => (value === 0 ? 'all labels' : `${String(value)} labels`)],
  ['data.unlabelled', (value) => unlabelled[String(value)] ?? ''],
  ['recalibrator.depth', named('depth')],
  ['recalibrator.reassignPositions', onOff('NPE')],
  ['recalibrator.normBeforeProjection', onOff('norm')],
  ['recalibrator.inDistil', (value) => `Recalibrator ${String(value)}`],
  ['recalibrator.answerFeatures', (value) => String(value)],
  ['loss.mainCe', named('CE ×')],
  ['loss.mainKl', named('KL ×')],
  ['loss.sft', named('SFT ×')],
  ['loss.distillation', named('KD ×')],
  ['loss.regulariser', (value) => (value === 'none' ? 'no L_reg' : `L_reg ${String(value)}`)],
  ['loss.regulariserWeight', named('L_reg ×')],
  ['loss.regulariserInDistil', (value) => (value === true ? 'L_reg in stage 2' : '')],
  ['loss.temperature', named('T')],
  ['loss.firstAnswerToken', (value) => (value === true ? '' : 'first token not scored')],
  ['student.visionEncoder', (value) => `vision ${String(value)}`],
  ['optimiser.weightDecay', named('decay')],
  ['optimiser.clipNorm', (value) => (value === 0 ? 'no clipping' : `clip ${short(value)}`)],
  ['evaluation.split', (value) => String(value)],
]);

/** Fields that change neither what is trained nor what is asked, and those that are said elsewhere. */
const silent =
  /^(version|pair|objective|arms|seed|logEverySteps|evaluation\.(everySteps|liveQuestions|finalQuestions|otherSplits))$/;

/**
 * A name made of what a recipe does differently from the default one: “mini · MinED · lr 2e-3 · seed 4”. The pair and the seed are always named.
 */
export function runName(recipe: Recipe): { short: string; whole: string } {
  const changed = differences(recipe, defaultRecipe)
    .filter(([path]) => !silent.test(path))
    .map(([path, value]) => (parts.get(path) ?? named(path))(value))
    .filter((part) => part !== '');
  const head = [recipe.pair, objectives[recipe.objective].label];
  const seed = `seed ${recipe.seed}`;
  const room = maxParts - head.length - 1;
  const shown =
    changed.length <= room
      ? changed
      : [...changed.slice(0, room - 1), `${changed.length - room + 1} more changes`];
  return { short: [...head, ...shown, seed].join(' · '), whole: [...head, ...changed, seed].join(' · ') };
}

/** 0.002 → “2e-3”; 120 → “120”. */
function short(value: unknown): string {
  if (typeof value !== 'number') return String(value);
  if (value !== 0 && Math.abs(value) < 0.01) return value.toExponential().replace('e+', 'e');
  return String(value);
}
