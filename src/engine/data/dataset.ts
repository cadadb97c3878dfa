import type { z } from 'zod';
import type { Example } from './example.ts';

/**
 * What pictures of a style are for: to train on; to train on without their true answers, because no model has ever seen them; or to evaluate by,
 * and then they never reach an optimiser.
 */
export type StyleUse = 'training' | 'unlabelled' | 'evaluation';

/** Which training examples a run asks for. */
export interface TrainingOptions {
  tasks: readonly string[];
  styles: readonly string[];
  seed: number;
  count: number;
  /** Whether every example has a view of its picture to itself, moved, bent and recoloured as the seed and its number say. */
  views: 'plain' | 'augmented';
}

/** How much of a data set lies on one side of the line between training and examination. */
export interface SideCounts {
  /** None of questions of text alone. */
  pictures: number;
  questions: number;
  /** How many of the questions have an answer. */
  answered: number;
}

/** What the questions of a data set are about. */
export interface Pictures {
  /** Side of every picture, which is square, in pixels. */
  readonly size: number;
  /** A picture by its key, [S, S, 3] in 0–1; made anew on every call. */
  pixels(picture: string): Float32Array;
}

/** Questions with their answers, about pictures or without any, some to train on and some to be examined by. Immutable. */
export interface Dataset {
  /** Identifies the contents: a run goes on only with the very same. */
  readonly hash: string;
  /** None of a data set of text alone. */
  readonly pictures?: Pictures;
  /** How many different things the training questions are about; undefined where nobody knows. */
  readonly concepts: number | undefined;
  /** Of a person's own data: how recipes name them, and what there is to train on. */
  readonly own?: { key: string; training: SideCounts };
  /** Kinds of pictures that a recipe may name; none without pictures. */
  readonly styles: readonly {
    key: string;
    use: StyleUse;
  }[];
  /** Sets of questions to be examined by. */
  readonly splits: readonly {
    key: string;
    /** As people call it. */
    name: string;
  }[];
  /** Reads an example as files of other programs hold it. */
  readonly exampleSchema: z.ZodType<Example>;

  /** The first `count` training examples of a seed; a longer list begins with the shorter one. */
  training(options: TrainingOptions): Example[];
  /**
   * The fixed questions of a split, the given tasks in equal parts, at most `count`. No two are the same; empty where the split has no such
   * task.
   */
  evaluation(options: { split: string; tasks: readonly string[]; count: number }): Example[];
  /** Every question that the given tasks ask, word for word, those that fit any picture first. */
  questions(tasks: readonly string[]): string[];
  /** What identifies a question, with the picture it is about, whatever its answer. Saved states hold it: it must stay what it was. */
  promptKey(example: Example): string;
}
