import type { Dataset } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import { toRgba } from '../data/picture.ts';
import { pixelsOf, shownPicture } from '../data/picture-of.ts';
import { AnswerSheet } from '../evaluate/answer-sheet.ts';
import type { Answerer } from '../evaluate/answerer.ts';
import { fidelity } from '../evaluate/fidelity.ts';
import { score } from '../evaluate/score.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { SplitKey } from '../recipe/splits.ts';
import type { TrainSession } from '../session.ts';
import type { Score } from '../evaluate/score-schema.ts';
import type { ArmReport, RunSummary, TrainEvent } from '../run/events.ts';

/** Pictures that a person can begin from who asks something else. */
const askableCount = 12;

/** One of an arm's students, with its seed where there are several. */
export interface AskedStudent {
  seed?: number;
  student: Answerer;
}

interface AskedSheet {
  seed: number | undefined;
  sheet: AnswerSheet;
}

export interface AskablePicture {
  id: string;
  /** The right answer to the question it stands under. */
  label: string;
  /** RGBA bytes. */
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * Questions on a drawing style, or on facts, that are never trained on, asked before, during and after a run. They are fixed by the data set, not by the
 * run's seed, and are never trained on. The live questions are a balanced part of the final ones' split.
 */
export class Exam {
  private readonly data: Dataset;
  private readonly split: Recipe['evaluation']['split'];
  private readonly all: readonly Example[];
  private readonly live: readonly Example[];
  private readonly others: { split: SplitKey; examples: readonly Example[] }[];
  private readonly otherScores: RunSummary['otherSplits'] = [];
  private teacherAnswers: readonly string[] = [];
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
    this.others = recipe.evaluation.otherSplits
      .map((split) => ({ split, examples: questions(recipe.evaluation.finalQuestions, split) }))
      .filter(({ examples }) => examples.length > 0);
  }

  /** Every question that may be asked. */
  get questions(): readonly Example[] {
    return [...this.all, ...this.others.flatMap(({ examples }) => examples)];
  }

  /** Some of the panel's pictures, if there are any, under their questions' ids, for whoever asks something else about them. */
  pictures(): AskablePicture[] {
    return spread(this.live, askableCount).flatMap((example) =>
      example.picture === undefined
        ? []
        : [{ id: example.id, label: example.answer, pixels: toRgba(pixelsOf(this.data, example)) }],
    );
  }

  /** The key of the picture behind a panel's question. */
  picture(id: string): string | undefined {
    return this.live.find((example) => example.id === id)?.picture;
  }

  /** How many different questions a look on the way and the whole exam ask. */
  counts(): { look: number; whole: number } {
    const different = (examples: readonly Example[]) =>
      new Set(examples.map((example) => this.data.promptKey(example))).size;
    return { look: different(this.live), whole: different([...this.live, ...this.questions]) };
  }

  /** The teacher's and the untouched student's score, and the live questions with both their answers: the panel. */
  async *before(teacher: Answerer, student: Answerer): AsyncGenerator<TrainEvent, void, void> {
    const [byTeacher, byStudent] = [this.sheet(teacher), this.sheet(student)];
    const [taught, untaught] = await Promise.all([
      byTeacher.answers(this.live),
      byStudent.answers(this.live),
    ]);
    const shown = (example: Example) => {
      const picture = shownPicture(this.data, example);
      return picture && { picture };
    };
    yield {
      type: 'panel',
      items: this.live.map((example, i) => ({
        id: example.id,
        type: example.type,
        question: example.question,
        reference: example.answer,
        ...shown(example),
        teacher: taught[i]!,
        studentBefore: untaught[i]!,
      })),
    };
    yield this.evaluation('before', score(this.live, untaught), { step: 0, final: false });
    this.teacherAnswers = await byTeacher.answers(this.all);
    const [untouched, teachers] = await this.scored([byStudent, byTeacher]);
    this.scores.before = untouched!;
    yield this.evaluation('before', untouched!, { step: 0, final: true });
    this.scores.teacher = teachers!;
    yield this.evaluation('teacher', teachers!, { step: 0, final: true });
    for (const { split, examples } of this.others)
      this.otherScores.push({
        split,
        before: score(examples, await byStudent.answers(examples)),
        teacher: score(examples, await byTeacher.answers(examples)),
        arms: {},
      });
  }

  /** The live questions for every arm's students, between two steps: all are asked before the first is waited for. */
  async *during(
    arms: readonly { key: string; students: readonly AskedStudent[] }[],
    step: number,
  ): AsyncGenerator<TrainEvent, void, void> {
    const sheets = arms.map(({ key, students }) => ({ key, sheets: this.sheets(students) }));
    await Promise.all(
      sheets.flatMap(({ sheets: ofArm }) => ofArm.map(({ sheet }) => sheet.answers(this.live))),
    );
    for (const { key, sheets: ofArm } of sheets) yield* this.look(key, ofArm, step);
  }

  /** Every question once more for every arm's students, after the last step; other splits for the first of each arm. All are asked together. */
  async *after(
    arms: readonly (ArmReport & { students: readonly AskedStudent[] })[],
    step: number,
  ): AsyncGenerator<TrainEvent, void, void> {
    const asked = arms.map(({ key, label, students }) => ({ key, label, sheets: this.sheets(students) }));
    const everyone = asked.flatMap(({ sheets }) => sheets.map(({ sheet }) => sheet));
    await Promise.all(everyone.map((sheet) => sheet.answers([...this.live, ...this.all])));
    const scores = await this.scored(everyone);
    for (const { key, label, sheets } of asked) {
      yield* this.look(key, sheets, step);
      const seeds = scores.splice(0, sheets.length);
      for (const [i, { seed }] of sheets.entries())
        yield this.evaluation(key, seeds[i]!, { step, seed, final: true });
      this.results.push({ key, label, after: seeds[0]!, ...(seeds.length > 1 && { seeds }) });
    }
    for (const [i, { examples }] of this.others.entries()) {
      const answers = await Promise.all(asked.map(({ sheets }) => sheets[0]!.sheet.answers(examples)));
      asked.forEach(({ key }, arm) => (this.otherScores[i]!.arms[key] = score(examples, answers[arm]!)));
    }
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

  private sheet(model: Answerer): AnswerSheet {
    return new AnswerSheet(model, this.data);
  }

  private sheets(students: readonly AskedStudent[]): AskedSheet[] {
    return students.map(({ seed, student }) => ({ seed, sheet: this.sheet(student) }));
  }

  /** The live questions for an arm's students: what the first of them says, and how much each has right. */
  private async *look(
    arm: string,
    sheets: readonly AskedSheet[],
    step: number,
  ): AsyncGenerator<TrainEvent, void, void> {
    const answers = await sheets[0]!.sheet.answers(this.live);
    yield {
      type: 'answers',
      step,
      arm,
      answers: Object.fromEntries(this.live.map((example, i) => [example.id, answers[i]!])),
    };
    for (const { seed, sheet } of sheets)
      yield this.evaluation(arm, score(this.live, await sheet.answers(this.live)), {
        step,
        seed,
        final: false,
      });
  }

  /** What models are worth over all questions. */
  private async scored(sheets: readonly AnswerSheet[]): Promise<Score[]> {
    const { all, teacherAnswers } = this;
    const answered = await Promise.all(sheets.map((sheet) => sheet.answers(all)));
    const found = await Promise.all(
      sheets.map(({ model }, i) => fidelity(model, { examples: all, answers: answered[i]!, teacherAnswers })),
    );
    return sheets.map((_, i) => ({ ...score(all, answered[i]!), ...found[i]! }));
  }

  private evaluation(
    who: string,
    result: Score,
    { step, seed, final }: { step: number; seed?: number | undefined; final: boolean },
  ): TrainEvent {
    const of = seed === undefined ? {} : { seed };
    return { type: 'evaluation', step, split: this.split, who, ...of, score: result, final };
  }
}

/** `count` items at equal distances. */
function spread<T>(items: readonly T[], count: number): T[] {
  const n = Math.min(count, items.length);
  return Array.from({ length: n }, (_, i) => items[Math.floor((i * items.length) / n)]!);
}
