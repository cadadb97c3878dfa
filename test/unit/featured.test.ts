import { describe, expect, it } from 'vitest';
import { columnsFor } from '../../src/panels/pictures/columns.ts';
import { featured } from '../../src/panels/pictures/featured.ts';
import { changeOf } from '../../src/panels/side-by-side/changes.ts';
import type { AskedItem } from '../../src/panels/side-by-side/use-asked.ts';

/** A question by who has it right: teacher, student before, student the time before, student now. */
function asked(id: string, marks: string): AskedItem {
  const [teacher, before, , now] = [...marks].map((mark) => mark === '1') as [
    boolean,
    boolean,
    boolean,
    boolean,
  ];
  const text = (right: boolean) => (right ? 'bee' : 'cat');
  const item = {
    id,
    type: 'name',
    question: '?',
    reference: 'bee',
    picture: new Uint8ClampedArray(4),
    teacher: text(teacher),
    studentBefore: text(before),
  };
  return {
    item,
    now: text(now),
    previous: marks,
    change: changeOf(item, text(now)),
    right: { teacher, before, now },
  };
}
const wasRight = ({ previous }: AskedItem) => previous![2] === '1';
const choose = (shown: string | undefined, ...all: AskedItem[]) => featured(all, shown, wasRight)?.item.id;

describe('the picture that is shown large', () => {
  it('is one that the student has just learned from a teacher who knew', () => {
    const all = [asked('both wrong', '0000'), asked('to learn', '1000'), asked('learned before', '1011')];
    expect(choose(undefined, ...all)).toBe('learned before');
    expect(choose('learned before', ...all, asked('just learned', '1001'))).toBe('just learned');
    expect(choose('learned before', ...all, asked('without the teacher', '0001'))).toBe(
      'without the teacher',
    );
  });

  it('is one there is to learn, before anything is learned, and stays while none is better', () => {
    expect(choose(undefined, asked('both wrong', '0000'), asked('to learn', '1000'))).toBe('to learn');
    expect(choose('b', asked('a', '1000'), asked('b', '1000'))).toBe('b');
    expect(choose(undefined)).toBeUndefined();
  });
});

describe('the wall', () => {
  it('makes pictures as large as its room lets it', () => {
    const columns = columnsFor(96, 400, 300);
    const side = 404 / columns - 4;
    expect(Math.ceil(96 / columns) * (side + 4) - 4).toBeLessThanOrEqual(300);
    expect(Math.ceil(96 / (columns - 1)) * (404 / (columns - 1)) - 4).toBeGreaterThan(300);
  });

  it('never makes them too small to be told apart, and grows where it may', () => {
    expect(404 / columnsFor(512, 400, 200) - 4).toBeGreaterThanOrEqual(26);
    expect(columnsFor(96, 345, undefined)).toBe(8);
  });
});
