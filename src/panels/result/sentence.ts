import { gapClosed } from '../../engine/evaluate/score.ts';
import { trainedParts } from '../../engine/method/trained.ts';
import type { StageKey } from '../../engine/method/stages.ts';
import { objectives } from '../../engine/recipe/objectives.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { formatWholePercent } from '../lib/format.ts';

/** Of the live questions. */
export interface RightCounts {
  of: number;
  now: number | undefined;
  before: number;
  teacher: number;
}

/**
 * What a run does at this moment and how far the recipe's own student is, in plain words.
 * @param recipe of the run; undefined where none was begun
 * @param right how many of the live questions each has right, so that the sentence counts what the wall of pictures shows; `now` is undefined where the
 * student was not asked since its training began
 */
export function sentence(
  recipe: Recipe | undefined,
  stage: StageKey | undefined,
  right: RightCounts | undefined,
  endedEarly = false,
): string {
  if (recipe === undefined)
    return 'A small student model learns from a larger teacher, here, on your machine. Press Run.';
  return [endedEarly ? 'The run ended early.' : doing(recipe, stage), right && numbers(recipe, right)]
    .filter((part) => part !== undefined)
    .join(' ');
}

function numbers({ seed, seeds }: Recipe, { of, now, before, teacher }: RightCounts): string {
  if (now === undefined)
    return `${before} of ${of} right before, ${teacher} for the teacher; not asked since.`;
  const whose = seeds > 1 ? `Seed ${seed}: ` : '';
  return `${whose}${now} of ${of} right; ${before} before, ${teacher} for the teacher${closed(gapClosed(before, now, teacher))}.`;
}

function closed(share = 0): string {
  return Math.round(share * 100) > 0 ? `: ${formatWholePercent(share)} of the gap closed` : '';
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
