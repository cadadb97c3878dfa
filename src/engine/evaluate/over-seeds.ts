import { bootstrapBand, differenceBand, type Band } from './bands.ts';
import type { Score } from './score-schema.ts';
import { seedBand } from './seeds.ts';

/** What the students of one arm are told of together: their scores on the same questions, in the order of their seeds. */
export type SeedScores = readonly Score[];

/** An arm's scores as a run's summary holds them. */
export function seedScores({ after, seeds }: { after: Score; seeds?: Score[] | undefined }): SeedScores {
  return seeds ?? [after];
}

/** Fraction of right answers, mean over the seeds, with its 95 % band: over questions, and over seeds where there are several. */
export function scoreBand(scores: SeedScores): Band {
  const values = scores.map(marks);
  return values.length === 1 ? bootstrapBand(values[0]!) : seedBand(values);
}

/**
 * How many more of the same questions the first answered right than the others, as a fraction, seed by seed; whoever has one student is
 * compared with every seed's.
 */
export function scoreDifference(scores: SeedScores, others: SeedScores): Band {
  if (scores.length === 1 && others.length === 1) return differenceBand(scores[0]!.right, others[0]!.right);
  return seedBand(pairedMarks(scores, others));
}

/** 1 where the first answered right and the other did not, −1 where it is the other way round, else 0: [seed][question]. */
export function pairedMarks(scores: SeedScores, others: SeedScores): number[][] {
  return Array.from({ length: Math.max(scores.length, others.length) }, (_, seed) => {
    const other = marks(others[seed % others.length]!);
    return marks(scores[seed % scores.length]!).map((mark, question) => mark - other[question]!);
  });
}

/** Fractions of right answers, means over the seeds: all of them, and by type of question. */
export function meanOfScores(scores: SeedScores): Pick<Score, 'exactMatch' | 'n' | 'byType'> {
  const mean = (of: (score: Score) => number) =>
    scores.reduce((sum, own) => sum + of(own), 0) / scores.length;
  const { n, byType } = scores[0]!;
  return {
    exactMatch: mean(({ exactMatch }) => exactMatch),
    n,
    byType: Object.fromEntries(
      Object.entries(byType).map(([type, entry]) => [
        type,
        { ...entry, exactMatch: mean((own) => own.byType[type]!.exactMatch) },
      ]),
    ),
  };
}

function marks({ right }: Score): number[] {
  return Array.from(right, Number);
}
