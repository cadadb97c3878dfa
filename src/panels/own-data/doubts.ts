import type { SeenData } from '../../worker/protocol.ts';

/** Held-out questions from which on a score is known to within ten points. */
const enough = 100;

/** Points to which a score of 50 % is known, 95 % of the time: the widest band that n questions give. */
export function bandOf(n: number): number {
  return 100 * 1.96 * Math.sqrt(0.25 / n);
}

/** What a person should know of their data before a run; nothing of it keeps them from one. */
export function doubts({ report, unspelled }: SeenData): string[] {
  const { answered } = report.sides['held-out'];
  return [
    answered < enough &&
      `${answered} held-out questions tell little: a score of 50 % is known to within ±${Math.round(bandOf(answered))} points only (95 %).`,
    ...(['student', 'teacher'] as const).map((who) => {
      const { answers, words } = unspelled?.[who] ?? { answers: 0, words: [] };
      return (
        answers > 0 &&
        `The ${who}’s tokenizer has no tokens for words of ${answers} answers (${words.map((word) => `“${word}”`).join(', ')}): it can never give them.`
      );
    }),
    report.sides.training.answered === 0 &&
      'No training question has an answer: the student learns from the teacher’s answers alone.',
  ].filter((doubt) => doubt !== false);
}
