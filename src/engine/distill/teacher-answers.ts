import * as tf from '@tensorflow/tfjs-core';
import type { Example } from '../data/questions.ts';
import { answerAll } from '../evaluate/answer.ts';
import { Vlm } from '../nn/vlm.ts';
import { uploadWeights } from '../nn/weights.ts';
import type { TrainSession } from '../session.ts';
import type { TrainEvent } from './events.ts';
import { promptKey } from './training-set.ts';

/** Questions between two reports of progress. */
const chunk = 128;

/** The teacher's greedy answer to every example, by `promptKey`, with progress. */
export async function* teacherAnswers(
  session: TrainSession,
  examples: readonly Example[],
): AsyncGenerator<TrainEvent, Map<string, string>, void> {
  const weights = uploadWeights(session.teacher.checkpoint.tensors);
  const vlm = new Vlm(session.teacher.config, weights);
  const answers = new Map<string, string>();
  try {
    for (let start = 0; start < examples.length; start += chunk) {
      yield {
        type: 'status',
        message: `The teacher answers ${examples.length} unlabelled questions.`,
        progress: start / examples.length,
      };
      const part = examples.slice(start, start + chunk);
      const texts = await answerAll(vlm, session.teacher, part, session.sheets);
      part.forEach((example, i) => answers.set(promptKey(example), texts[i]!));
    }
  } finally {
    tf.dispose([...weights.values()]);
  }
  return answers;
}
