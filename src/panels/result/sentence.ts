import { mainArm } from '../../engine/recipe/arms.ts';
import { trainedParts } from '../../engine/method/trained.ts';
import type { StageKey } from '../../engine/method/stages.ts';
import { objectives } from '../../engine/recipe/objectives.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';
import { formatPercent } from '../lib/format.ts';

/**
 * What a run does at this moment and how far the recipe's own student is, in plain words.
 * @param recipe of the run; undefined where none was begun
 */
export function sentence(
  recipe: Recipe | undefined,
  stage: StageKey | undefined,
  evaluations: readonly EvaluationPoint[],
  endedEarly = false,
): string {
  if (recipe === undefined)
    return 'Press Run: here you will read what the student is doing, and how far it has come.';
  const latest = (who: string, final?: boolean) =>
    evaluations.findLast((point) => point.who === who && (final === undefined || point.final === final))
      ?.score;
  const now = latest(mainArm);
  const [before, teacher] = [latest('before', false) ?? latest('before'), latest('teacher')];
  const share = (score: { exactMatch: number }) => formatPercent(score.exactMatch);
  const numbers =
    now === undefined || before === undefined || teacher === undefined
      ? undefined
      : `It has ${share(now)} right; ${share(before)} before, the teacher ${share(teacher)}.`;
  return [endedEarly ? 'The run ended early.' : doing(recipe, stage), numbers]
    .filter((part) => part !== undefined)
    .join(' ');
}

function doing(recipe: Recipe, stage: StageKey | undefined): string {
  if (stage === undefined)
    return 'Both models answer questions first, so that there is something to compare with.';
  if (stage === 'finetune') return 'Stage 3: the student practises alone, without the teacher.';
  const genrecal = trainedParts('align', recipe).includes('recalibrator');
  if (stage === 'align')
    return genrecal
      ? 'Stage 1: the Recalibrator learns to translate between the two models; the student waits.'
      : 'Stage 1: the student waits, because only GenRecal has something to prepare.';
  return genrecal
    ? 'Stage 2: the student learns from the teacher, through the Recalibrator.'
    : `Stage 2: the student learns by ${objectives[recipe.objective].label}.`;
}
