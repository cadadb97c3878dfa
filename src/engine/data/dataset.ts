import type { z } from 'zod';
import type { Example } from './example.ts';

/** Pictures with questions about them, some to train on and some to be examined by. Immutable. */
export interface Dataset {
  /** Identifies the contents: a run goes on only with the very same. */
  readonly hash: string;
  /** Side of every picture, which is square, in pixels. */
  readonly pictureSize: number;
  /** How many different things the training pictures show. */
  readonly concepts: number;
  /** Kinds of pictures that a recipe may name. */
  readonly styles: readonly {
    key: string;
    /** False for those kept for evaluation: they must never reach an optimiser. */
    trainable: boolean;
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
  training(options: {
    tasks: readonly string[];
    styles: readonly string[];
    seed: number;
    count: number;
  }): Example[];
  /**
   * The fixed questions of a split, the given tasks in equal parts, at most `count`. No two are the same; empty where the split has no such
   * task.
   */
  evaluation(options: { split: string; tasks: readonly string[]; count: number }): Example[];
  /** Every question that the given tasks ask, word for word, those that fit any picture first. */
  questions(tasks: readonly string[]): string[];
  /** What identifies a question about a picture, whatever its answer. Saved states hold it: it must stay what it was. */
  promptKey(example: Example): string;
  /** A picture by its key, [S, S, 3] in 0–1; made anew on every call. */
  pixels(picture: string): Float32Array;
}
