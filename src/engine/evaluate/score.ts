import type { Example } from '../data/example.ts';
import type { Score } from './score-schema.ts';

/** Exact match of answers against references, over all questions and by type of question. */
export function score(examples: readonly Example[], answers: readonly string[]): Score {
  const tally = new Map<string, { right: number; n: number }>();
  const marks = examples.map((example, i) => isExactMatch(answers[i]!, example.answer));
  examples.forEach((example, i) => {
    const entry = tally.get(example.type) ?? { right: 0, n: 0 };
    entry.n++;
    if (marks[i]) entry.right++;
    tally.set(example.type, entry);
  });
  const right = [...tally.values()].reduce((sum, entry) => sum + entry.right, 0);
  return {
    exactMatch: examples.length === 0 ? 0 : right / examples.length,
    n: examples.length,
    right: marks.map((mark) => (mark ? '1' : '0')).join(''),
    byType: Object.fromEntries(
      [...tally].map(([type, entry]) => [type, { exactMatch: entry.right / entry.n, n: entry.n }]),
    ),
  };
}

/** Equal after trimming, white space, case and the final stop aside: the two tokenizers differ in case by design. */
export function isExactMatch(answer: string, reference: string): boolean {
  return canonical(answer) === canonical(reference);
}

function canonical(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/\s*\.$/, '');
}
