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

/**
 * A score on the first `n` of its questions: live questions are the first of the final ones, and kinds of question take turns. Kinds are left out
 * where a score shows that they did not.
 */
export function onFirst(whole: Score, n: number): Score {
  if (n >= whole.n) return whole;
  const types = Object.keys(whole.byType);
  const byTurns = (right: string): Score['byType'] =>
    Object.fromEntries(
      types.map((type, turn) => {
        const marks = Array.from(right).filter((_, i) => i % types.length === turn);
        return [type, { exactMatch: shareRight(marks.join('')), n: marks.length }];
      }),
    );
  const turns = byTurns(whole.right);
  const inTurn = types.every(
    (type) =>
      turns[type]!.n === whole.byType[type]!.n &&
      Math.abs(turns[type]!.exactMatch - whole.byType[type]!.exactMatch) < 1e-6,
  );
  const right = whole.right.slice(0, n);
  return { exactMatch: shareRight(right), n, right, byType: inTurn ? byTurns(right) : {} };
}

/** Which part of the way from the untouched student to its teacher a student has come; undefined where there is no way. */
export function gapClosed(before: number, now: number, teacher: number): number | undefined {
  return teacher > before ? (now - before) / (teacher - before) : undefined;
}

function shareRight(right: string): number {
  return right.length === 0 ? 0 : right.replaceAll('0', '').length / right.length;
}

/**
 * Equal, case, white space beside punctuation and the final stop aside: tokenizers like BERT's give an answer back in small letters and with a space
 * around each mark (“twenty - eight .”).
 */
export function isExactMatch(answer: string, reference: string): boolean {
  return canonical(answer) === canonical(reference);
}

function canonical(text: string): string {
  return text
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/ ?([^\p{L}\p{M}\p{N} ]) ?/gu, '$1')
    .replace(/\.$/, '');
}
