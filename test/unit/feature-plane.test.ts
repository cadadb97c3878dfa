import { describe, expect, it } from 'vitest';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import type { MappedSpace } from '../../src/engine/run/feature-map-numbers.ts';
import type { SampledToken } from '../../src/engine/run/probe-numbers.ts';
import type { Phase } from '../../src/panels/model/phases.ts';
import { measuredText } from '../../src/panels/model/moment.ts';
import { pairsOf, pointAt, projection } from '../../src/panels/why/plane.ts';

const space = (own: number[], teacher: number[]): MappedSpace => ({
  width: 4,
  own,
  teacher,
  explained: 1,
  cosine: 0,
  cosineOthers: 0,
});
const tokens: SampledToken[] = [
  { example: 0, text: 'Red', first: true },
  { example: 0, text: '.', first: false },
  { example: 1, text: 'Blue', first: true },
];

describe('the map of features', () => {
  it('pairs every recalibrated token with the teacher’s, and the student’s features with the first tokens', () => {
    expect(pairsOf(tokens, space([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]))).toEqual([0, 1, 2]);
    expect(pairsOf(tokens, space([1, 2, 3, 4], [1, 2, 3, 4, 5, 6]))).toEqual([0, 2]);
    expect(pointAt([1, 2, 3, 4], 1)).toEqual({ x: 3, y: 4 });
  });

  it('holds every step in one frame, with one scale for both axes, up above', () => {
    const size = { width: 300, height: 200, margin: 10 };
    const place = projection([space([0, 0], [10, 0]), space([0, 5], [-10, 0])], size);
    expect(place({ x: -10, y: 0 }).x).toBeCloseTo(10, 9);
    expect(place({ x: 10, y: 0 }).x).toBeCloseTo(290, 9);
    const [low, high] = [place({ x: 0, y: 0 }), place({ x: 0, y: 5 })];
    expect(low.y - high.y).toBeCloseTo(5 * 14, 9);
    expect(high.y).toBeLessThan(low.y);
    // A single point stands in the middle.
    expect(projection([space([3, 3], [3, 3])], size)({ x: 3, y: 3 })).toEqual({ x: 150, y: 100 });
  });
});

describe('what a real step adds to its parts', () => {
  const phase = (key: Phase['key'], ...parts: Phase['parts']): Phase => ({ key, parts, title: '', text: '' });
  const metrics: StepMetrics = {
    arm: 'main',
    step: 7,
    stage: 'distil',
    losses: { total: 3.5, mainCe: 2, mainKl: 1.25, sft: 0.25 },
    gradientNorm: 0.5,
    learningRate: 1e-3,
  };
  const example = {
    question: 'What is this?',
    answer: 'Apple.',
    questionTokens: { teacher: 27, student: 15 },
    answerTokens: { teacher: ['Ap', 'ple', '.'], student: ['apple', '.'] },
  };

  it('is the step’s own numbers, where it has any', () => {
    expect(measuredText(phase('losses', 'mainCe', 'mainKl', 'sft'), metrics, undefined)).toBe(
      'L_main·CE 2.000, L_main·KL 1.250, L_sft 0.2500; weighted sum 3.500 nats',
    );
    expect(measuredText(phase('backward'), metrics, undefined)).toBe('Gradient norm 0.5000 before clipping');
    expect(measuredText(phase('adamw'), metrics, undefined)).toBe('Learning rate 1.00e-3');
    expect(measuredText(phase('tokens'), metrics, example)).toContain(
      'Teacher: 27 + 3 (Ap | ple | .). Student: 15 + 2 (apple | .)',
    );
    // Nothing is measured part by part, and nothing is made up.
    for (const key of ['teacher', 'student', 'pre', 'recBody', 'post', 'heads'] as const)
      expect(measuredText(phase(key), metrics, example)).toBeUndefined();
    expect(measuredText(phase('losses', 'mainCe'), undefined, example)).toBeUndefined();
    expect(measuredText(phase('examples'), metrics, undefined)).toBeUndefined();
  });
});
