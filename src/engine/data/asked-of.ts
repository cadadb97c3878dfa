import { type Recipe } from '../recipe/recipe.ts';
import { questionTypes, textQuestionTypes, usualTextTasks } from '../recipe/splits.ts';
import { defaultRecipe } from '../recipe/schema.ts';
import {
  finalSplit,
  finalTextSplit,
  isValidation,
  pictureSplits,
  textSplits,
  validationSplit,
  validationTextSplit,
} from '../recipe/splits.ts';

/**
 * A recipe whose questions a pair can be asked: what names something that only the other kind of questions has takes the usual value of this kind. The
 * same object where nothing has to change.
 * @param pictures whether the pair reads any
 */
export function askedOf(recipe: Recipe, pictures: boolean): Recipe {
  const { data, student, evaluation } = recipe;
  const types: readonly string[] = pictures ? questionTypes : textQuestionTypes;
  const splits: readonly string[] = pictures ? pictureSplits : textSplits;
  const usual = defaultRecipe;
  const [final, validation] = pictures
    ? ([finalSplit, validationSplit] as const)
    : ([finalTextSplit, validationTextSplit] as const);
  const fitted: Recipe = {
    ...recipe,
    data: {
      ...data,
      tasks: data.tasks.every((task) => types.includes(task))
        ? data.tasks
        : pictures
          ? usual.data.tasks
          : usualTextTasks,
      ...(!pictures && {
        styles: usual.data.styles,
        unlabelledStyles: usual.data.unlabelledStyles,
        views: usual.data.views,
      }),
    },
    student: pictures ? student : { ...student, visionEncoder: usual.student.visionEncoder },
    evaluation: {
      ...evaluation,
      split: splits.includes(evaluation.split)
        ? evaluation.split
        : isValidation(evaluation.split)
          ? validation
          : final,
      otherSplits: evaluation.otherSplits.filter((split) => splits.includes(split)),
    },
  };
  return JSON.stringify(fitted) === JSON.stringify(recipe) ? recipe : fitted;
}
