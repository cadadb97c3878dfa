import type { Example } from '../data/example.ts';
import type { Answerer, WgslAnswerer } from './answerer.ts';
import type { Likelihood } from './likelihood.ts';

/** The lists of a run answer one after the other: what they compute in need be there for one of them. */
export class AnswerQueue {
  private latest: Promise<unknown> = Promise.resolve();

  add<T>(work: () => Promise<T>): Promise<T> {
    const result = this.latest.then(work);
    this.latest = result.catch(() => undefined);
    return result;
  }
}

/** The students of a list as answerers: what several are asked before the first of them begins is answered in one list of dispatches. */
export class ListAnswerer {
  private readonly answers: Rounds<string>;
  private readonly likelihoods: Rounds<Likelihood>;

  constructor(model: Pick<WgslAnswerer, 'answerEach' | 'likelihoodsEach'>, queue: AnswerQueue) {
    this.answers = new Rounds(queue, (asked) => model.answerEach(asked));
    this.likelihoods = new Rounds(queue, (asked) => model.likelihoodsEach(asked));
  }

  /** One of them. */
  student(place: number): Answerer {
    return {
      answer: (examples) => this.answers.ask(place, examples),
      likelihoods: (examples) => this.likelihoods.ask(place, examples),
    };
  }
}

interface Round<Answer> {
  /** What every student is asked, as far as anyone is. */
  asked: (readonly Example[] | undefined)[];
  answers: Promise<Answer[][]>;
}

/** One round of questions after the other. */
class Rounds<Answer> {
  /** Has not begun yet. */
  private open: Round<Answer> | undefined;

  constructor(
    private readonly queue: AnswerQueue,
    private readonly work: (asked: (readonly Example[])[]) => Promise<Answer[][]>,
  ) {}

  async ask(place: number, examples: readonly Example[]): Promise<Answer[]> {
    if (examples.length === 0) return [];
    const round = this.open?.asked[place] === undefined ? (this.open ?? this.next()) : this.next();
    round.asked[place] = examples;
    return (await round.answers)[place]!;
  }

  private next(): Round<Answer> {
    const asked: Round<Answer>['asked'] = [];
    const answers = this.queue.add(() => {
      if (this.open === round) this.open = undefined;
      return this.work(Array.from(asked, (examples) => examples ?? []));
    });
    const round = { asked, answers };
    this.open = round;
    return round;
  }
}
