import { differences } from './link.ts';
import { objectives } from './objectives.ts';
import { ownDataName } from '../own-data-key.ts';
import { defaultRecipe } from './schema.ts';
import { loraTargets, usualLora, type Recipe } from './recipe.ts';

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
  ...stageParts('distil', 'distil'),
  ...stageParts('finetune', 'fine-tune'),
  ['seeds', (value) => `${String(value)} seeds`],
  ['data.own', (value) => ownDataName(String(value))],
  ['data.tasks', (value) => (value as string[]).join('+')],
  ['data.styles', (value) => `${(value as string[]).length} styles`],
  ['data.unlabelledStyles', (value) => `answers for ${(value as string[]).join('+')}`],
  ['data.views', (value) => `${String(value)} views`],
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
  ['student.lora.rank', (value) => `LoRA rank ${String(value)}`],
  ['student.lora.alpha', (value) => (value === usualLora.alpha ? '' : `alpha ${short(value)}`)],
  [
    'student.lora.targets',
    (value) => {
      const targets = value as string[];
      return targets.length === loraTargets.length ? '' : `on ${targets.join('+')}`;
    },
  ],
  ['optimiser.weightDecay', named('decay')],
  ['optimiser.clipNorm', (value) => (value === 0 ? 'no clipping' : `clip ${short(value)}`)],
  ['evaluation.split', (value) => String(value)],
]);

/** A field's value in a few words: “distil lr 2e-3”, “ULD”. */
export function fieldInName(path: string, value: unknown): string {
  if (path === 'objective') return objectives[value as Recipe['objective']].label;
  return parts.get(path)?.(value) || named(path.split('.').at(-1)!)(value);
}

/** Fields that change neither what is trained nor what is asked, and those that are said elsewhere. */
const silent =
  /^(version|pair|objective|arms|seed|logEverySteps|evaluation\.(everySteps|liveQuestions|finalQuestions|otherSplits))$/;

/**
 * A name made of what a recipe does differently from the default one: “mini · MinED · distil lr 2e-3 · seed 4”. The pair and the seed are always named, and alone where a class
 * is to guess the rest.
 */
export function runName(recipe: Recipe): { short: string; whole: string } {
  if (recipe.blind === true) {
    const name = `${recipe.pair} · blind · seed ${recipe.seed}`;
    return { short: name, whole: name };
  }
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
