import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Band } from '../../src/engine/evaluate/bands.ts';
import { chanceOf, compareScores } from '../../src/engine/evaluate/comparison.ts';
import { scoreDifference } from '../../src/engine/evaluate/over-seeds.ts';
import type { Score } from '../../src/engine/evaluate/score-schema.ts';
import type { RunSummary } from '../../src/engine/run/events.ts';
import { outcomeOf } from '../../src/panels/frame/tab-title.tsx';
import { verdict } from '../../src/panels/result/verdict.ts';
import { runRow } from '../../src/store/kept/run-row.ts';
import { liveEvents, recorded } from './run-fixtures.ts';

const score = (right: string): Score => {
  const exactMatch = right.replaceAll('0', '').length / right.length;
  return { exactMatch, n: right.length, right, byType: {} };
};

/** Two students on n questions: so many that the first alone has right, so many that the other alone has, and as many of the rest that both have. */
function students(n: number, better: number, worse: number, both = 0): [Score, Score] {
  const rest = '1'.repeat(both).padEnd(n - better - worse, '0');
  return [
    score('1'.repeat(better) + '0'.repeat(worse) + rest),
    score('0'.repeat(better) + '1'.repeat(worse) + rest),
  ];
}

/** Two-sided p of a fair coin by whole numbers. */
function binomial(better: number, worse: number): number {
  const n = better + worse;
  let ways = 1n;
  let tails = 0n;
  for (let k = 0; k <= n; k++) {
    if (k <= Math.min(better, worse)) tails += ways;
    ways = (ways * BigInt(n - k)) / BigInt(k + 1);
  }
  return Math.min(1, Number((2n * tails * 10n ** 18n) / 2n ** BigInt(n)) / 1e18);
}

const flips = (better: number, worse: number) => [
  ...Array.from({ length: better }, () => 1),
  ...Array.from({ length: worse }, () => -1),
];

describe('how seldom chance does as much', () => {
  it('is the binomial sign test where differences are −1, 0 and 1', () => {
    expect(chanceOf(flips(4, 0))).toBeCloseTo(0.125, 12);
    expect(chanceOf([0, 0])).toBe(1);
    expect(chanceOf([])).toBe(1);
    for (const [better, worse] of [
      [1, 0],
      [3, 0],
      [6, 0],
      [5, 5],
      [9, 2],
      [34, 30],
      [120, 160],
      [512, 0],
    ] as const) {
      expect(chanceOf([...flips(better, worse), 0, 0])).toBeCloseTo(binomial(better, worse), 12);
      expect(chanceOf(flips(worse, better))).toBe(chanceOf(flips(better, worse)));
    }
  });

  it('counts all signs of the differences of several seeds', () => {
    const differences = [3, -1, 2, 0, 2, 1, -2, 3];
    const sums = differences.reduce(
      (all, difference) => all.flatMap((sum) => [sum + difference, sum - difference]),
      [0],
    );
    const p = sums.filter((sum) => Math.abs(sum) >= 8).length / sums.length;
    expect(chanceOf(differences)).toBeCloseTo(p, 12);
    expect(chanceOf(differences.map((difference) => -difference))).toBeCloseTo(p, 12);
    expect(chanceOf(differences.map((difference) => 5 * difference))).toBeCloseTo(p, 12);
  });
});

describe('two students on the same questions', () => {
  it.each([
    [1, 1, 0, 'same'],
    [4, 3, 0, 'same'],
    [480, 4, 0, 'same'],
    [20, 5, 0, 'same'],
    [20, 6, 0, 'better'],
    [480, 6, 0, 'better'],
    [480, 150, 20, 'better'],
    [480, 34, 30, 'same'],
  ] as const)(
    'of %i questions, %i better and %i worse: %s, and the reverse the other way round',
    (n, better, worse, sign) => {
      const [own, other] = students(n, better, worse);
      expect(compareScores([own], [other])).toEqual({
        ...scoreDifference([own], [other]),
        sign,
        better,
        worse,
      });
      const reversed = { better: 'worse', same: 'same' } as const;
      expect(compareScores([other], [own])).toMatchObject({
        sign: reversed[sign],
        better: worse,
        worse: better,
      });
    },
  );

  it('count a question once, however many seeds answer it', () => {
    const [own, other] = students(480, 4, 0);
    const seeds = (one: Score) => Array.from({ length: 5 }, () => one);
    expect(scoreDifference(seeds(own), seeds(other)).low).toBeGreaterThan(0);
    expect(compareScores(seeds(own), seeds(other))).toMatchObject({ sign: 'same', better: 4, worse: 0 });
    // Whoever has one student is compared with every seed's.
    expect(compareScores(seeds(own), [other]).sign).toBe('same');
    const [more, less] = students(480, 40, 8);
    expect(compareScores(seeds(more), [less])).toMatchObject({ sign: 'better', better: 40, worse: 8 });
    expect(compareScores([less], seeds(more))).toMatchObject({ sign: 'worse', better: 8, worse: 40 });
  });

  it('are the same where seeds go opposite ways', () => {
    const [own, other] = students(100, 20, 0);
    expect(compareScores([own, other], [other, own])).toMatchObject({ sign: 'same', better: 0, worse: 0 });
  });
});

describe('what the page says of few changes', () => {
  const run = (n: number, better: number, worse = 0): RunSummary => {
    const [own, other] = students(n, better, worse, Math.floor(n * 0.4));
    return {
      split: 'held-out-style',
      questions: n,
      before: other,
      teacher: score('1'.repeat(n)),
      arms: [
        { key: 'main', label: 'GenRecal', after: own },
        { key: 'sft', label: 'SFT control', after: other },
      ],
      otherSplits: [],
      steps: 1,
      seconds: 1,
      trainSeconds: 1,
    };
  };

  it('does not call them an improvement, nor one student better', () => {
    for (const [n, better] of [
      [1, 1],
      [4, 3],
      [480, 4],
    ] as const) {
      const { improved, headline, details } = verdict(run(n, better));
      expect(improved).toBe(false);
      const counts = `${better} question${better === 1 ? '' : 's'} better, 0 worse`;
      expect(headline).toContain('The student did not improve');
      expect(headline).toContain(`which is within chance (${counts}).`);
      expect(details[0]).toMatch(/^GenRecal and SFT control cannot be told apart: /);
      expect(details[0]).toContain(counts);
      expect(details.join(' ')).not.toContain('of the gap');
      expect(outcomeOf(run(n, better))).toMatch(/^Not improved/);
    }
    expect(verdict(run(480, 0, 4)).headline).toContain('within chance (0 questions better, 4 worse)');
    expect(verdict(run(480, 0, 6)).headline).toContain('it got worse');
  });

  it('says that fewer than ten questions are too few', () => {
    expect(verdict(run(1, 1)).details).toContain('1 question is too few to tell anything.');
    expect(verdict(run(4, 3)).details).toContain('4 questions are too few to tell anything.');
    expect(verdict(run(8, 7)).headline).toMatch(/^The student improved: /);
    expect(verdict(run(8, 7)).details).toContain('8 questions are too few to tell more.');
    expect(verdict(run(10, 3)).details.join()).not.toContain('too few');
  });

  it('colours no gain of a row that may be chance', () => {
    const gain = (main: string, sft: string) => {
      const events = liveEvents().map((event) => {
        if (event.type !== 'done') return event;
        const arms = event.final.arms.map((arm, i) => ({ ...arm, after: score(i === 0 ? main : sft) }));
        return { ...event, final: { ...event.final, arms } };
      });
      return runRow(recorded(events)).gain;
    };
    const few = gain('11110000', '00000000')!;
    expect(few.low).toBeGreaterThan(0);
    expect(few.sign).toBe('same');
    expect(gain('11111100', '00000000')!.sign).toBe('better');
    expect(gain('00000000', '11111100')!.sign).toBe('worse');
  });
});

interface Experiment {
  arms: { key: string; behindMain: Band }[];
  runs: { final: RunSummary }[];
}
const committed = ['results', 'results/search'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.startsWith('abuse'))
    .map((name) => path.join(folder, name)),
);

it.each(committed)(
  'the bands of %s, by which tables and sentences go, say no more than a comparison',
  (file) => {
    const { arms, runs } = JSON.parse(readFileSync(file, 'utf8')) as Experiment;
    const own = runs.map(({ final }) => final.arms[0]!.after);
    const saying = ({ low, high }: Band) => (low > 0 ? 'better' : high < 0 ? 'worse' : 'same');
    for (const { key, behindMain } of arms.filter((arm) => arm.key !== 'main' && arm.key !== 'teacher')) {
      const others = runs.map(({ final }) =>
        key === 'before' ? final.before : final.arms.find((arm) => arm.key === key)!.after,
      );
      expect([key, compareScores(own, others).sign]).toEqual([key, saying(behindMain)]);
    }
  },
);
