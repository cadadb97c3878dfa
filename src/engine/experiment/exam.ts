import type { Dataset } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import { toRgba } from '../data/picture.ts';
import type { Answerer } from '../evaluate/answerer.ts';
import { score } from '../evaluate/score.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { SplitKey } from '../recipe/splits.ts';
import type { TrainSession } from '../session.ts';
import type { Score } from '../evaluate/score-schema.ts';
import type { ArmReport, RunSummary, TrainEvent } from '../run/events.ts';

const panelSize = 12;

export interface AskablePicture {
  id: string;
  /** The right answer to the question it stands under. */
  label: string;
  /** RGBA bytes. */
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * Questions on a drawing style that is never trained on, asked before, during and after a run. They are fixed by the data set, not by the
 * run's seed, and are never trained on. The live questions are a balanced part of the final ones' split.
 */
export class Exam {
  private readonly data: Dataset;
  private readonly split: Recipe['evaluation']['split'];
  private readonly all: readonly Example[];
  private readonly live: readonly Example[];
  private readonly panel: readonly Example[];
  private readonly others: { split: SplitKey; examples: readonly Example[] }[];
  private readonly otherScores: RunSummary['otherSplits'] = [];
  private scores: { teacher?: Score; before?: Score } = {};
  private readonly results: RunSummary['arms'] = [];

  constructor({ data }: Pick<TrainSession, 'data'>, recipe: Recipe) {
    this.data = data;
    this.split = recipe.evaluation.split;
    const { tasks } = recipe.data;
    const questions = (count: number, split: SplitKey = this.split) =>
      data.evaluation({ split, tasks, count });
    this.all = questions(recipe.evaluation.finalQuestions);
    this.live = questions(Math.min(recipe.evaluation.liveQuestions, recipe.evaluation.finalQuestions));
    this.panel = spread(this.live, panelSize);
    this.others = recipe.evaluation.otherSplits
      .map((split) => ({ split, examples: questions(recipe.evaluation.finalQuestions, split) }))
      .filter(({ examples }) => examples.length > 0);
  }

  /** Every question that may be asked. */
  get questions(): readonly Example[] {
    return [...this.all, ...this.others.flatMap(({ examples }) => examples)];
  }

  /** The panel's pictures under their questions' ids, for whoever asks something else about them. */
  pictures(): AskablePicture[] {
    return this.panel.map((example) => ({
      id: example.id,
      label: example.answer,
      pixels: toRgba(this.data.pixels(example.picture)),
    }));
  }

  /** The key of the picture behind a panel's question. */
  picture(id: string): string | undefined {
    return this.panel.find((example) => example.id === id)?.picture;
  }

  /** `count` questions for a look inside; repeated where there are fewer. */
  sample(count: number): Example[] {
    return Array.from({ length: count }, (_, i) => this.all[i % this.all.length]!);
  }

  /** How many questions each kind of asking takes. */
  counts(): { live: number; panel: number; final: number } {
    return { live: this.live.length, panel: this.panel.length, final: this.questions.length };
  }

  /** The teacher's and the untouched student's score, and the panel with both their answers. */
  async *before(teacher: Answerer, student: Answerer): AsyncGenerator<TrainEvent, void, void> {
    const teacherPanel = await teacher.answer(this.panel);
    const studentPanel = await student.answer(this.panel);
    yield {
      type: 'panel',
      items: this.panel.map((example, i) => ({
        id: example.id,
        type: example.type,
        question: example.question,
        reference: example.answer,
        picture: toRgba(this.data.pixels(example.picture)),
        teacher: teacherPanel[i]!,
        studentBefore: studentPanel[i]!,
      })),
    };
    yield* this.examine('before', student, this.live, 0, false);
    this.scores.before = yield* this.examine('before', student, this.all, 0, true);
    this.scores.teacher = yield* this.examine('teacher', teacher, this.all, 0, true);
    for (const { split, examples } of this.others)
      this.otherScores.push({
        split,
        before: score(examples, await student.answer(examples)),
        teacher: score(examples, await teacher.answer(examples)),
        arms: {},
      });
  }

  /** The live questions and the panel for one arm, between two steps. */
  async *during(arm: string, student: Answerer, step: number): AsyncGenerator<TrainEvent, void, void> {
    const answers = await student.answer(this.panel);
    yield {
      type: 'answers',
      step,
      arm,
      answers: Object.fromEntries(this.panel.map((example, i) => [example.id, answers[i]!])),
    };
    yield* this.examine(arm, student, this.live, step, false);
  }

  /** Every question once more for one arm, after the last step. */
  async *after(arm: ArmReport, student: Answerer, step: number): AsyncGenerator<TrainEvent, void, void> {
    yield* this.during(arm.key, student, step);
    const { key, label } = arm;
    const after = yield* this.examine(key, student, this.all, step, true);
    this.results.push({ key, label, after });
    for (const [i, { examples }] of this.others.entries())
      this.otherScores[i]!.arms[key] = score(examples, await student.answer(examples));
  }

  /** @throws when asked before `before` and `after` are through. */
  summary(run: { steps: number; seconds: number; trainSeconds: number }): RunSummary {
    const { before, teacher } = this.scores;
    if (before === undefined || teacher === undefined || this.results.length === 0)
      throw new Error('summary needs the scores before and after');
    return {
      split: this.split,
      questions: this.all.length,
      before,
      teacher,
      arms: this.results,
      otherSplits: this.otherScores,
      ...run,
    };
  }

  private async *examine(
    who: string,
    model: Answerer,
    examples: readonly Example[],
    step: number,
    final: boolean,
  ): AsyncGenerator<TrainEvent, Score, void> {
    const answered = score(examples, await model.answer(examples));
    const result = final ? { ...answered, perplexity: await model.perplexity(examples) } : answered;
    yield { type: 'evaluation', step, split: this.split, who, score: result, final };
    return result;
  }
}

/** `count` items at equal distances. */
function spread<T>(items: readonly T[], count: number): T[] {
  const n = Math.min(count, items.length);
  return Array.from({ length: n }, (_, i) => items[Math.floor((i * items.length) / n)]!);
}
