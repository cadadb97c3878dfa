import { describe, expect, it } from 'vitest';
import { axesOf, placesOn } from '../../src/panels/runs/parallel-axes.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { planSweep, type SweepPlan } from '../../src/engine/sweep/plan.ts';
import { liveEvents, recipe, recorded } from './run-fixtures.ts';

const plan = (change: Partial<SweepPlan>, base = recipe()) =>
  planSweep({ axes: [], samples: 8, seeds: 1, ...change }, base);
const rates = { path: 'stages.distil.learningRate', range: [1e-3, 2e-3] };
const depths = { path: 'recalibrator.depth', range: [1, 2, 3] };

describe('a sweep', () => {
  it('tries every combination with the same seeds', () => {
    const planned = plan({ axes: [rates, depths], seeds: 2 }, recipe({ seed: 7 }));
    const settings = planned.ok
      ? planned.recipes.map(({ stages, recalibrator, seed, seeds }) => [
          stages.distil.learningRate,
          recalibrator.depth,
          seed,
          seeds,
        ])
      : [];
    expect(settings).toEqual([1e-3, 2e-3].flatMap((rate) => [1, 2, 3].map((depth) => [rate, depth, 7, 2])));
  });

  it('spreads over ranges, in the logarithm where they are wide', () => {
    const planned = plan({
      axes: [
        { path: 'stages.distil.learningRate', range: { low: 1e-5, high: 1e-1, integer: false } },
        { path: 'recalibrator.depth', range: { low: 1, high: 5, integer: true } },
      ],
      samples: 16,
    });
    if (!planned.ok) throw new Error(planned.message);
    const tried = planned.recipes.map(({ stages }) => stages.distil.learningRate);
    expect(new Set(tried).size).toBe(16);
    expect(Math.min(...tried)).toBeGreaterThanOrEqual(1e-5);
    expect(Math.max(...tried)).toBeLessThanOrEqual(1e-1);
    // As many in each factor of ten.
    for (const power of [-5, -4, -3, -2])
      expect(
        tried.filter((rate) => rate >= 10 ** power && rate < 10 ** (power + 1)).length,
      ).toBeGreaterThanOrEqual(3);
    expect(planned.recipes.every(({ recalibrator }) => Number.isInteger(recalibrator.depth))).toBe(true);
  });

  it('plans what differs, and counts what does not', () => {
    const sizes = (change: Partial<SweepPlan>, base = recipe()) => {
      const planned = plan(change, base);
      return planned.ok ? [planned.recipes.length, planned.repeated] : planned.message;
    };
    const depth = { path: 'recalibrator.depth', range: { low: 1, high: 2, integer: true } };
    expect(sizes({ axes: [depth], samples: 8 })).toEqual([2, 6]);
    expect(sizes({ axes: [depth], samples: 8, seeds: 3 })).toEqual([2, 6]);
    expect(sizes({ axes: [{ ...depth, range: [1, 1] }] })).toEqual([1, 1]);
    // Without a regulariser its weight weighs nothing; GenRecal has no term of its own kind.
    const weights = { path: 'loss.regulariserWeight', range: [0.5, 1, 2] };
    expect(sizes({ axes: [weights, { path: 'loss.regulariser', range: ['none', 'ce'] }] })).toEqual([4, 2]);
    expect(sizes({ axes: [{ path: 'loss.distillation', range: [0.5, 1] }] })).toEqual([1, 1]);
    const mined = recipe({ arms: [{ key: 'mined', label: 'MinED', change: { objective: 'mined' } }] });
    expect(sizes({ axes: [{ path: 'loss.distillation', range: [0.5, 1] }] }, mined)).toEqual([2, 0]);
    // Plain cross-entropy reads neither a Recalibrator nor what it is compared by; nor is a stage without updates trained at any rate.
    const plain = recipe({ objective: 'sft', arms: [] });
    const temperatures = { path: 'loss.temperature', range: [1, 2] };
    expect(sizes({ axes: [{ path: 'recalibrator.depth', range: [1, 2] }, temperatures] }, plain)).toEqual([
      1, 3,
    ]);
    expect(sizes({ axes: [{ path: 'stages.finetune.learningRate', range: [1e-3, 2e-3] }] })).toEqual([1, 1]);
    const many = { path: 'seed', range: Array.from({ length: 1001 }, (_, i) => i) };
    expect(sizes({ axes: [many] })).toMatch(/fewer values/);
  });

  it('says why it cannot be', () => {
    const message = (change: Partial<SweepPlan>) => {
      const planned = plan(change);
      return planned.ok ? '' : planned.message;
    };
    expect(message({})).toMatch(/Choose a field/);
    expect(message({ axes: [rates, rates] })).toMatch(/two different/);
    expect(message({ axes: [{ ...rates, range: [] }] })).toMatch(/values to try/);
    expect(message({ axes: [{ ...rates, range: { low: 2, high: 1, integer: false } }] })).toMatch(
      /smaller to a larger/,
    );
    expect(message({ axes: [{ ...rates, range: [1e-3, Number.NaN] }] })).toMatch(
      /learningRate: Enter a number/,
    );
    expect(message({ axes: [{ ...depths, range: [1, 99] }] })).toMatch(/recalibrator\.depth/);
    expect(message({ axes: [rates, depths], seeds: 10 })).toBe('');
    expect(message({ axes: [rates, { ...depths, range: [1, 2, 3, 4] }], seeds: 10 })).toMatch(
      /8 settings with 10 seeds each.*64/,
    );
  });
});

describe('the picture of runs', () => {
  it('has an axis for every field in which they differ', () => {
    const row = (seed: number, learningRate: number, regulariser: 'ce' | 'kl') =>
      runRow(
        recorded(
          liveEvents(
            recipe({
              seed,
              stages: { align: { steps: 2 }, distil: { steps: 6, learningRate }, finetune: { steps: 0 } },
              loss: { regulariser },
            }),
          ),
          `${seed}`,
        ),
      );
    const rows = [row(1, 1e-4, 'ce'), row(2, 1e-3, 'kl'), row(3, 1e-2, 'ce')];
    const axes = axesOf(rows);
    expect(axes.map(({ path }) => path)).toEqual(['seed', 'stages.distil.learningRate', 'loss.regulariser']);
    expect(axes[1]!.places.map((place) => Number(place.toFixed(6)))).toEqual([0, 0.5, 1]);
    expect(axes[2]).toMatchObject({
      places: [0, 1, 0],
      marks: [
        { place: 0, text: 'ce' },
        { place: 1, text: 'kl' },
      ],
    });
    // What a sweep varied comes first, under a name with its stage, with every value that was tried.
    const swept = rows.map((own) => ({ ...own, sweep: { id: 's', fields: ['stages.distil.learningRate'] } }));
    expect(axesOf(swept)[0]).toMatchObject({
      label: 'distil: learning rate',
      marks: [{ text: '0.0001' }, { text: '0.001', place: expect.closeTo(0.5) as number }, { text: '0.01' }],
    });
    const steps = (align: number, distil: number) =>
      runRow(
        recorded(
          liveEvents(
            recipe({
              stages: { align: { steps: align }, distil: { steps: distil }, finetune: { steps: 1 } },
            }),
          ),
        ),
      );
    const labels = axesOf([steps(2, 6), steps(3, 7)]).map(({ label }) => label);
    expect(labels.toSorted()).toEqual(['align: steps', 'distil: steps']);
    // A field that only some recipes have, whichever run comes first.
    const lora = (rank?: number) =>
      runRow(recorded(liveEvents(recipe(rank === undefined ? {} : { student: { lora: { rank } } }))));
    for (const some of [
      [lora(), lora(4), lora(16)],
      [lora(16), lora(4), lora()],
    ])
      expect(axesOf(some).find(({ path }) => path === 'student.lora.rank')).toMatchObject({
        label: 'LoRA: rank',
        marks: [{ text: '4' }, { text: '16' }, { text: 'without' }],
      });
    expect(placesOn([3, 3])).toEqual([0.5, 0.5]);
    expect(placesOn([0, 1, 4])).toEqual([0, 0.25, 1]);
  });
});
