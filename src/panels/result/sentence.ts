import { mainArm } from '../../engine/recipe/arms.ts';
import { trainedParts } from '../../engine/method/trained.ts';
import type { StageKey } from '../../engine/method/stages.ts';
import { objectives } from '../../engine/recipe/objectives.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { formatPercent } from '../lib/format.ts';
import type { ScoreRow } from './scores.ts';

/**
 * What a run does at this moment and how far the recipe's own student is, in plain words.
 * @param recipe of the run; undefined where none was begun
 * @param scores the rows of the table below it, so that both say the same
 */
export function sentence(
  recipe: Recipe | undefined,
  stage: StageKey | undefined,
  scores: readonly Pick<ScoreRow, 'key' | 'score'>[],
  endedEarly = false,
): string {
  if (recipe === undefined)
    return 'Press Run: here you will read what the student is doing, and how far it has come.';
  const share = (who: string) => {
    const score = scores.find(({ key }) => key === who)?.score;
    return score && formatPercent(score.exactMatch);
  };
  const [now, before, teacher] = [mainArm, 'before', 'teacher'].map(share);
  const numbers =
    now === undefined || before === undefined || teacher === undefined
      ? undefined
      : `It has ${now} right; ${before} before, the teacher ${teacher}.`;
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
