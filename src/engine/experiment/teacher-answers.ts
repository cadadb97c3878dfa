import type { Dataset } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import type { FrozenAnswerer } from '../evaluate/answerer.ts';
import type { TrainEvent } from '../run/events.ts';

/** Batches between two reports of progress. */
const batches = 8;

/** The teacher's greedy answer to every example, by the data set's `promptKey`, with progress. */
export async function* teacherAnswers(
  data: Dataset,
  teacher: FrozenAnswerer,
  examples: readonly Example[],
): AsyncGenerator<TrainEvent, Map<string, string>, void> {
  const answers = new Map<string, string>();
  const chunk = batches * teacher.batch;
  for (let start = 0; start < examples.length; start += chunk) {
    yield {
      type: 'status',
      message: `The teacher answers ${examples.length} unlabelled questions.`,
      progress: start / examples.length,
    };
    const part = examples.slice(start, start + chunk);
    const texts = await teacher.answer(part);
    part.forEach((example, i) => answers.set(data.promptKey(example), texts[i]!));
  }
  return answers;
}
