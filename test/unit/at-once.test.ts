import { describe, expect, it } from 'vitest';
import { questionsAtOnce } from '../../src/engine/evaluate/at-once.ts';

const asking = { usual: 16, together: 96 };
/** A model of which one question takes `bytes` and `operations`. */
const costing = (bytes: number, operations: number) => (batch: number) => ({
  bytes: batch * bytes,
  operations: batch * operations,
});

describe('how many questions a model answers at once', () => {
  it('is what the kernels of an update are compiled for on a software adapter', () => {
    expect(questionsAtOnce(true, asking, 1, costing(1, 1))).toBe(16);
  });

  it('is on a graphics card what mostly comes together, in whole steps, as far as it fits', () => {
    const small = costing(2 ** 16, 2e7);
    expect(questionsAtOnce(false, asking, 1, small)).toBe(96);
    expect(questionsAtOnce(false, { usual: 16, together: 97 }, 1, small)).toBe(128);
    expect(questionsAtOnce(false, { usual: 16, together: 8 }, 1, small)).toBe(32);
    expect(questionsAtOnce(false, { usual: 16, together: 4096 }, 1, small)).toBe(256);
    // 128 MiB of memory; 32 billion operations.
    expect(questionsAtOnce(false, asking, 1, costing(2 ** 21, 2e7))).toBe(64);
    expect(questionsAtOnce(false, asking, 1, costing(2 ** 16, 4e8))).toBe(64);
  });

  it('falls below a step only where nothing else fits', () => {
    expect(questionsAtOnce(false, asking, 1, costing(2 ** 23, 2e7))).toBe(16);
    expect(questionsAtOnce(false, asking, 1, costing(2 ** 30, 2e10))).toBe(4);
  });
});
