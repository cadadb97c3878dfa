import { describe, expect, it } from 'vitest';
import { byChange, changeOf } from '../../src/panels/side-by-side/changes.ts';

describe('cards by what changed', () => {
  const asked = (studentBefore: string, teacher = 'bee') => ({ reference: 'bee', studentBefore, teacher });

  it.each([
    ['wrong, now right', asked('cat'), 'Bee', 'gained'],
    ['right, now wrong', asked('bee'), 'cat', 'lost'],
    ['wrong as before, the teacher right', asked('cat'), 'dog', 'teacher'],
    ['wrong as before, the teacher too', asked('cat', 'fly'), 'dog', 'rest'],
    ['right as before', asked('bee'), 'bee', 'rest'],
  ])('%s', (_, item, now, change) => {
    expect(changeOf(item, now)).toBe(change);
  });

  it('puts what was gained first, and keeps the order of the panel in between', () => {
    const cards = (['rest', 'teacher', 'lost', 'gained', 'gained'] as const).map((change, id) => ({
      change,
      id,
    }));
    expect(byChange(cards).map(({ id }) => id)).toEqual([3, 4, 2, 1, 0]);
  });
});
