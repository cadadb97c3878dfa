import { z } from 'zod';
import { Random } from '../../random.ts';
import {
  finalSplit,
  finalTextSplit,
  pictureSplits,
  splitName,
  textSplits,
  validationSplit,
  validationTextSplit,
} from '../../recipe/splits.ts';
import type { Dataset, SideCounts } from '../dataset.ts';
import type { Example } from '../example.ts';
import { viewOf, viewSeed } from '../views.ts';
import type { Side } from './sides.ts';

/** A question of a person's data. */
export interface OwnQuestion {
  /** SHA-256 of its picture's bytes, or of the question where it is about none. */
  hash: string;
  question: string;
  /** Absent where the teacher is to answer. */
  answer?: string;
  side: Side;
}

/** There is one kind of question: a person's own. */
const type = 'question';

const sideOfSplit: Readonly<Record<string, Side>> = {
  'seen-style': 'training',
  [validationSplit]: 'validation',
  [finalSplit]: 'held-out',
  'seen-text': 'training',
  [validationTextSplit]: 'validation',
  [finalTextSplit]: 'held-out',
};

/** A person's pictures as they are kept. */
export interface KeptPictures {
  /** By their hashes, bytes [S, S, 3]. */
  bytes: ReadonlyMap<string, Uint8Array>;
  /** Side S, pixels. */
  size: number;
}

/**
 * A person's data. Training examples come in an order that the seed decides, answered ones first, each once: there are no more than the person has.
 * @param questions in the order of their hashes; those that are set aside have answers
 * @param pictures what they are about; undefined where they are of text alone
 */
export function ownDataset(
  identity: { key: string; hash: string },
  questions: readonly OwnQuestion[],
  pictures: KeptPictures | undefined,
): Dataset {
  const on = (side: Side) => questions.filter((question) => question.side === side);
  const training = on('training');
  const own = { key: identity.key, training: countsOf(training, pictures !== undefined) };
  const exampleOf = ({ hash, question, answer = '' }: OwnQuestion, id: string): Example => ({
    id,
    type,
    ...(pictures && { picture: hash }),
    question,
    answer,
  });
  const splits = pictures === undefined ? textSplits : pictureSplits;
  return {
    hash: identity.hash,
    concepts: undefined,
    own,
    styles: [],
    splits: splits.flatMap((key) =>
      sideOfSplit[key] === undefined ? [] : [{ key, name: splitName(key, { own: own.key }) }],
    ),
    exampleSchema: pictures === undefined ? textSchema : picturedSchema,
    training({ seed, count, views }) {
      const random = new Random(seed);
      const shuffled = (some: OwnQuestion[]) => random.shuffle(some);
      const ordered = [
        ...shuffled(training.filter(({ answer }) => answer !== undefined)),
        ...shuffled(training.filter(({ answer }) => answer === undefined)),
      ];
      return ordered.slice(0, count).map((question, i) => {
        const example = exampleOf(question, `train-${seed}-${i}`);
        return example.picture === undefined || views === 'plain'
          ? example
          : { ...example, picture: `${example.picture}~${viewSeed(seed, i)}` };
      });
    },
    evaluation({ split, count }) {
      const asked = splits.some((key) => key === split) ? sideOfSplit[split] : undefined;
      return (asked === undefined ? [] : on(asked))
        .filter(({ answer }) => answer !== undefined)
        .slice(0, count)
        .map((question, i) => exampleOf(question, `${split}-${i}`));
    },
    questions() {
      const asked = new Map<string, number>();
      for (const { question } of questions) asked.set(question, (asked.get(question) ?? 0) + 1);
      return [...asked].sort(([, a], [, b]) => b - a).map(([question]) => question);
    },
    promptKey: ({ picture, question }) => (picture === undefined ? question : `${picture}|${question}`),
    ...(pictures && { pictures: { size: pictures.size, pixels: pixelsFrom(pictures) } }),
  };
}

function pixelsFrom({ bytes: kept }: KeptPictures): (picture: string) => Float32Array {
  return (picture) => {
    const [hash, view] = picture.split('~');
    const bytes = kept.get(hash!);
    if (bytes === undefined) throw new RangeError(`“${picture}” is no picture of the data set`);
    const pixels = Float32Array.from(bytes, (value) => value / 255);
    return view === undefined ? pixels : viewOf(pixels, Number(view));
  };
}

const textSchema = z.strictObject({
  id: z.string(),
  type: z.string(),
  question: z.string(),
  answer: z.string(),
});
const picturedSchema = textSchema.extend({ picture: z.string() });

/** @param pictured whether the questions are about pictures */
export function countsOf(questions: readonly OwnQuestion[], pictured: boolean): SideCounts {
  return {
    pictures: pictured ? new Set(questions.map(({ hash }) => hash)).size : 0,
    questions: questions.length,
    answered: questions.filter(({ answer }) => answer !== undefined).length,
  };
}
