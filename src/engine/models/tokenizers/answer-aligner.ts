import { alignTokens, type Alignment } from './alignment.ts';
import type { VlmTokenizer } from './tokenizer.ts';

/** Chunk numbers of a batch of answers, padded with −1. */
export interface ChunkNumbers {
  /** [B·Na_s] */
  student: Int32Array;
  /** [B·Na_l] */
  teacher: Int32Array;
  /** No answer has more chunks. */
  count: number;
}

/** Aligns a pair's tokenizations of answers; remembers them, because a run asks for the same few hundred again and again. */
export class AnswerAligner {
  private readonly known = new Map<string, Alignment>();

  constructor(
    private readonly student: VlmTokenizer,
    private readonly teacher: VlmTokenizer,
  ) {}

  align(answer: string): Alignment {
    let alignment = this.known.get(answer);
    if (alignment === undefined) {
      alignment = alignTokens(answer, side(this.student, answer), side(this.teacher, answer));
      this.known.set(answer, alignment);
    }
    return alignment;
  }

  /** Chunk numbers of a batch, for answers padded to the given lengths. */
  chunkNumbers(answers: readonly string[], studentLength: number, teacherLength: number): ChunkNumbers {
    const student = new Int32Array(answers.length * studentLength).fill(-1);
    const teacher = new Int32Array(answers.length * teacherLength).fill(-1);
    answers.forEach((answer, b) => {
      const { chunkOf } = this.align(answer);
      student.set(chunkOf.student, b * studentLength);
      teacher.set(chunkOf.teacher, b * teacherLength);
    });
    // A chunk has a token on either side.
    return { student, teacher, count: Math.min(studentLength, teacherLength) };
  }
}

function side(tokenizer: VlmTokenizer, answer: string) {
  const { surface, eosId } = tokenizer;
  return { ids: tokenizer.encodeAnswer(answer), surface, eosId };
}
