import type { Example } from '../data/emoji/questions.ts';
import type { Answerer } from '../evaluate/answerer.ts';
import type { TrainEvent } from '../run/events.ts';
import { promptKey } from '../train/training-set.ts';

/** Questions between two reports of progress. */
const chunk = 128;

/** The teacher's greedy answer to every example, by `promptKey`, with progress. */
export async function* teacherAnswers(
  teacher: Answerer,
  examples: readonly Example[],
): AsyncGenerator<TrainEvent, Map<string, string>, void> {
  const answers = new Map<string, string>();
  for (let start = 0; start < examples.length; start += chunk) {
    yield {
      type: 'status',
      message: `The teacher answers ${examples.length} unlabelled questions.`,
      progress: start / examples.length,
    };
    const part = examples.slice(start, start + chunk);
    const texts = await teacher.answer(part);
    part.forEach((example, i) => answers.set(promptKey(example), texts[i]!));
  }
  return answers;
}
