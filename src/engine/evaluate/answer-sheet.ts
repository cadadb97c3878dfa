import type { Dataset } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import type { Answerer } from './answerer.ts';

/** What one model answers at one moment; nothing is asked twice. */
export class AnswerSheet {
  private readonly given = new Map<string, string>();

  constructor(
    readonly model: Answerer,
    private readonly data: Pick<Dataset, 'promptKey'>,
  ) {}

  /** The greedy answer to every example; those that are not on the sheet yet are asked together. */
  async answers(examples: readonly Example[]): Promise<string[]> {
    const { given, data } = this;
    const open = new Map(
      examples
        .map((example) => [data.promptKey(example), example] as const)
        .filter(([key]) => !given.has(key)),
    );
    if (open.size > 0) {
      const answers = await this.model.answer([...open.values()]);
      [...open.keys()].forEach((key, i) => given.set(key, answers[i]!));
    }
    return examples.map((example) => given.get(data.promptKey(example))!);
  }
}
