import { expect, it } from 'vitest';
import { EpochSampler } from '../../src/engine/data/sampler.ts';
import { Random } from '../../src/engine/random.ts';

/** sfc32 as PractRand states it, in unsigned arithmetic. */
function reference(seed: number, count: number): number[] {
  const s = Uint32Array.of(seed, 0x9e3779b9, 0x243f6a88, 0xb7e15162);
  const step = () => {
    const out = (s[0]! + s[1]! + s[3]!) >>> 0;
    s[3]! += 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + out;
    return out / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) step();
  return Array.from({ length: count }, step);
}

it.each([0, 1, 2 ** 31 - 1])('is sfc32 for seed %d', (seed) => {
  const random = new Random(seed);
  expect(Array.from({ length: 200 }, () => random.next())).toEqual(reference(seed, 200));
});

it('continues from a saved state with the very next number', () => {
  const random = new Random(7);
  for (let i = 0; i < 33; i++) random.next();
  const state = random.save();
  const expected = Array.from({ length: 50 }, () => random.next());
  const other = new Random(99);
  other.load(JSON.parse(JSON.stringify(state)) as number[]);
  expect(Array.from({ length: 50 }, () => other.next())).toEqual(expected);
  expect(() => other.load([1, 2])).toThrow(RangeError);
});

it('draws every integer about equally often', () => {
  const random = new Random(3);
  const counts = Array<number>(10).fill(0);
  for (let i = 0; i < 20_000; i++) counts[random.int(10)]!++;
  // Chi-square with 9 degrees of freedom stays below 27.9 with p = 0.999.
  const chiSquare = counts.reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0);
  expect(chiSquare).toBeLessThan(27.9);
});

it('samples every index once per epoch and resumes in the middle of one', () => {
  const sampler = new EpochSampler(10, 5);
  const epoch = [...sampler.next(4), ...sampler.next(4), ...sampler.next(2)];
  expect([...epoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  sampler.next(3);
  const saved = sampler.save();
  const expected = [sampler.next(5), sampler.next(5), sampler.next(5)];
  const restored = new EpochSampler(10, 0);
  restored.restore(saved);
  expect([restored.next(5), restored.next(5), restored.next(5)]).toEqual(expected);
});
