import { describe, expect, it } from 'vitest';
import {
  decodeState,
  describeState,
  encodeState,
  type SavedState,
} from '../../src/engine/run/saved-state.ts';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import type { RunRecord } from '../../src/engine/run/record.ts';
import { learningRate, stageSpans } from '../../src/engine/method/stages.ts';
import { isExactMatch, score } from '../../src/engine/evaluate/score.ts';
import { presets, recipeOf } from '../../src/engine/recipe/presets.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { comparisons } from '../../src/engine/recipe/comparisons.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { recipeFromLink } from '../../src/engine/recipe/read-link.ts';
import { bootstrapBand, differenceBand } from '../../src/engine/evaluate/bands.ts';
import { runName } from '../../src/engine/recipe/run-name.ts';
import { defaultRecipe, parseRecipe, recipeSchema } from '../../src/engine/recipe/schema.ts';
import { planSweep } from '../../src/engine/sweep/plan.ts';
import { recorded } from './run-fixtures.ts';

const state: SavedState = {
  recipe: defaultRecipe,
  dataHash: 'd',
  teacher: 't',
  student: 's',
  step: 3,
  seconds: 12.5,
  trainSeconds: 8,
  untold: [
    {
      arm: 'main',
      step: 3,
      stage: 'align',
      losses: { total: 0.1, mainCe: 0.1 },
      gradientNorm: 1,
      learningRate: 1e-3,
    },
  ],
  answers: { picture: 'Dog.' },
  seeds: [{ random: [1, -2, 3, 4], order: [2, 0, 1], cursor: 1 }],
  tensors: new Map([
    ['a', new Float32Array([1, Number.MIN_VALUE, -0])],
    ['b', new Float32Array([])],
  ]),
};

describe('recipes', () => {
  it('fill in the paper’s defaults', () => {
    expect(defaultRecipe.recalibrator).toMatchObject({
      depth: 2,
      reassignPositions: true,
      answerFeatures: 'teacher-body',
    });
    expect(defaultRecipe.loss).toMatchObject({ mainCe: 1, mainKl: 1, regulariser: 'ce+kl', temperature: 1 });
  });

  it.each([
    [{ stages: { align: { learningRate: Number.NaN } } }, 'stages.align.learningRate'],
    [{ stages: { align: { steps: 1.5 } } }, 'stages.align.steps'],
    [{ data: { batchSize: 0 } }, 'data.batchSize'],
    [{ data: { tasks: [] } }, 'data.tasks'],
    [{ loss: { temperature: 0 } }, 'loss.temperature'],
    [{ loss: { regulariser: 'cosine' } }, 'loss.regulariser'],
    [{ seed: -1 }, 'seed'],
  ])('point at the wrong field of %j', (input, path) => {
    const result = parseRecipe(input);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('refuse unknown fields', () => {
    expect(parseRecipe({ loss: { mainCE: 1 } }).ok).toBe(false);
    expect(parseRecipe('fast').ok).toBe(false);
  });

  it('are what every preset holds', () => {
    for (const { key, recipe } of presets) expect(parseRecipe(recipe).ok, key).toBe(true);
    expect(new Set(presets.map(({ key }) => key)).size).toBe(presets.length);
  });
});

describe('the schedule', () => {
  it('lays the stages end to end, leaves empty ones out, and falls linearly in each', () => {
    const recipe = recipeSchema.parse({
      stages: {
        align: { steps: 0 },
        distil: { steps: 5, learningRate: 1e-3, finalLearningRate: 2e-4 },
        finetune: { steps: 1 },
      },
    });
    const spans = stageSpans(recipe);
    expect(spans).toEqual([
      { key: 'distil', from: 1, to: 5 },
      { key: 'finetune', from: 6, to: 6 },
    ]);
    const rates = [1, 2, 3, 4, 5].map((step) => learningRate(recipe, spans[0]!, step));
    [1e-3, 8e-4, 6e-4, 4e-4, 2e-4].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
    expect(learningRate(recipe, spans[1]!, 6)).toBe(recipe.stages.finetune.learningRate);
  });
});

describe('arms', () => {
  const withArm = (change: Record<string, unknown>, key = 'other') =>
    parseRecipe({ arms: [{ key, label: 'Other', change }] });

  it('are the recipe itself and, unless told otherwise, SFT without and with the teacher’s answers', () => {
    const [own, alone, control] = armsOf(defaultRecipe);
    expect(own).toMatchObject({ key: 'main', label: 'GenRecal', recipe: { objective: 'genrecal' } });
    expect(control!.recipe).toEqual({ ...own!.recipe, objective: 'sft' });
    expect(alone!.recipe).toEqual({
      ...control!.recipe,
      data: { ...control!.recipe.data, unlabelled: 'ignored' },
    });
  });

  it('may not differ in what makes them comparable, nor in what does not exist', () => {
    for (const change of [
      { seed: 2 },
      { 'data.batchSize': 8 },
      { 'stages.distil.steps': 1 },
      { pair: 'nano' },
    ])
      expect(withArm(change).ok, JSON.stringify(change)).toBe(false);
    const wrong = withArm({ 'loss.mainKl': -1 });
    expect(!wrong.ok && wrong.issues).toEqual([
      { path: 'arms.0', message: 'Arm “other”: loss.mainKl: Enter 0 or more.' },
    ]);
    expect(withArm({ 'loss.nothing': 1 }).ok).toBe(false);
    expect(withArm({ objective: 'sft' }, 'main').ok).toBe(false);
    expect(withArm({ objective: 'seq-kd' }).ok).toBe(true);
  });

  it.each(['teacher', 'before', 'constructor'])('may not be called “%s”, however the recipe comes', (key) => {
    const arms = [{ key, label: 'Other', change: { objective: 'sft' } }];
    const message = `“${key}” already means something else in results: choose another key.`;
    const refused = { ok: false, issues: [{ path: 'arms.0.key', message }] };
    expect(parseRecipe({ arms })).toEqual(refused);
    expect(recipeFromLink(`arms=${JSON.stringify(arms)}`)).toEqual({
      recipe: defaultRecipe,
      refused: refused.issues,
    });
    const base = { ...defaultRecipe, arms };
    const plan = { axes: [{ path: 'loss.sft', range: [1, 2] }], samples: 2, seeds: 1 };
    expect(planSweep(plan, base)).toEqual({ ok: false, message: `arms.0.key: ${message}` });
    const record = { ...(recordToJson(recorded()) as RunRecord), recipe: base };
    expect(() => recordFromJson(record)).toThrow(message);
    expect(() => describeState(encodeState({ ...state, recipe: base }))).toThrow(/damaged/);
  });

  it('have keys that are text of one kind, once', () => {
    const keys = ['', 'x'.repeat(41), '__proto__', 'toString', 'a/b', 'A', 'é', 'a b', 'main'];
    for (const key of keys) expect(withArm({ objective: 'sft' }, key).ok, key).toBe(false);
    const twice = [
      { key: 'a', label: 'A', change: { objective: 'sft' } },
      { key: 'a', label: 'B', change: { objective: 'seq-kd' } },
    ];
    expect(parseRecipe({ arms: twice })).toMatchObject({
      issues: [{ message: 'Arm “a”: another arm has the same key.' }],
    });
    // Charts and tables tell arms apart by their labels.
    const called = (label: string) => ({ key: 'a', label, change: { objective: 'sft' } });
    expect(parseRecipe({ arms: [called('GenRecal')] })).toMatchObject({
      issues: [{ message: 'Arm “a”: another arm is called “GenRecal” too.' }],
    });
    for (const path of ['loss.__proto__', 'loss.constructor', 'constructor'])
      expect(withArm({ objective: 'sft', [path]: 1 }).ok, path).toBe(false);
  });

  it('that would train the same are refused: a comparison of nothing with itself', () => {
    const both = defaultRecipe.arms;
    expect(parseRecipe({ arms: both }).ok).toBe(true);
    const result = parseRecipe({ arms: both, data: { labelled: 0 } });
    expect(!result.ok && result.issues[0]!.message).toMatch(
      /“SFT, same answers” would train exactly what “SFT, labels alone” trains/,
    );
    expect(parseRecipe({ arms: both, data: { examples: 200 } }).ok).toBe(false);
    expect(withArm({ 'loss.sft': 1 }).ok).toBe(false);
  });

  it('of every offered comparison are valid', () => {
    for (const { key, label, change } of comparisons)
      expect(parseRecipe({ arms: [{ key, label, change }] }).ok, key).toBe(true);
    expect(
      parseRecipe({ arms: comparisons.map(({ key, label, change }) => ({ key, label, change })).slice(0, 8) })
        .ok,
    ).toBe(true);
  });
});

describe('links', () => {
  it('name only what differs, and give the same recipe back', () => {
    expect(recipeToLink(defaultRecipe)).toBe('');
    for (const { key, recipe } of presets) {
      const parsed = recipeSchema.parse(recipe);
      expect(recipeFromLink(recipeToLink(parsed)), key).toEqual({ recipe: parsed, refused: [] });
    }
    const changed = recipeSchema.parse({
      pair: 'nano',
      stages: { align: { steps: 20 } },
      data: { tasks: ['name'] },
    });
    expect(decodeURIComponent(recipeToLink(changed))).toBe(
      'pair=nano&data.tasks=["name"]&stages.align.steps=20',
    );
  });

  it('name LoRA in full where there is some, and say nothing of it otherwise', () => {
    expect(JSON.stringify(defaultRecipe)).not.toContain('lora');
    const recipe = recipeSchema.parse({ student: { lora: { rank: 4, targets: ['q_proj', 'v_proj'] } } });
    const link = recipeToLink(recipe);
    expect(decodeURIComponent(link)).toBe(
      'student.lora.rank=4&student.lora.alpha=16&student.lora.targets=["q_proj","v_proj"]',
    );
    expect(recipeFromLink(link)).toEqual({ recipe, refused: [] });
    expect(recipeFromLink('student.lora.rank=2').recipe.student.lora).toMatchObject({ rank: 2, alpha: 16 });
    expect(recipeFromLink('student.lora.rank=0').refused[0]!.path).toBe('student.lora.rank');
    expect(runName(recipe).whole).toBe('mini · GenRecal · LoRA rank 4 · on q_proj+v_proj · seed 1');
  });

  it('name a preset where that is shorter, and what differs from it', () => {
    const preset = (key: string) => presets.find((one) => one.key === key)!;
    const quick = recipeOf(preset('nano-quick'));
    expect(recipeToLink(quick)).toBe('preset=nano-quick');
    expect(recipeToLink({ ...quick, seed: 3 })).toBe('preset=nano-quick&seed=3');
    expect(recipeToLink(recipeOf(preset('figure1'), 'nano'))).toBe('preset=figure1&pair=nano');
    expect(recipeToLink(recipeOf(preset('medium')))).toBe('pair=medium');
    expect(recipeFromLink('seed=3&preset=nano-quick&stages.align.steps=7&data.labelled=64')).toEqual({
      recipe: {
        ...quick,
        seed: 3,
        data: { ...quick.data, labelled: 64 },
        stages: { ...quick.stages, align: { ...quick.stages.align, steps: 7 } },
      },
      refused: [],
    });
    for (const { key } of presets)
      expect(recipeFromLink(`preset=${key}`), key).toEqual({ recipe: recipeOf(preset(key)), refused: [] });
  });

  it('take a preset by a beginning that no other has, and suggest one that is mistyped', () => {
    expect(recipeFromLink('preset=nano').recipe).toEqual(recipeFromLink('preset=nano-quick').recipe);
    expect(recipeFromLink('preset=figure-1&seed=2')).toEqual({
      recipe: { ...defaultRecipe, seed: 2 },
      refused: [{ path: 'preset', message: 'There is no preset “figure-1”. Did you mean “figure1”?' }],
    });
    for (const text of ['preset=no', 'preset=', 'preset=constructor'])
      expect(recipeFromLink(text)).toMatchObject({ recipe: defaultRecipe, refused: [{ path: 'preset' }] });
  });

  it('give what is understood, and name what is not, with the reason', () => {
    expect(recipeFromLink('seed=2&speed=9')).toEqual({
      recipe: { ...defaultRecipe, seed: 2 },
      refused: [{ path: 'speed', message: 'A recipe has no field “speed”. Did you mean “seed”?' }],
    });
    expect(recipeFromLink('seed=2&stages.distil.learningRate=fast&fbclid=IwAR0_x')).toEqual({
      recipe: { ...defaultRecipe, seed: 2 },
      refused: [
        { path: 'fbclid', message: 'A recipe has no field “fbclid”.' },
        { path: 'stages.distil.learningRate', message: 'Enter a number.' },
      ],
    });
    expect(recipeFromLink('arms=[{"key":"x"}]').refused).toMatchObject([{ path: 'arms.0.label' }]);
    expect(recipeFromLink('__proto__.x=1')).toMatchObject({
      recipe: defaultRecipe,
      refused: [{ path: '__proto__.x' }],
    });
    expect(recipeFromLink('stages.distill.steps=3').refused[0]!.message).toMatch(
      /Did you mean “stages.distil.steps”/,
    );
  });

  it('take a field that fits only beside another', () => {
    // With every label given, the usual arms would train the same.
    const taken = recipeFromLink('data.labelled=0&arms=[]&seed=-1');
    expect(taken.recipe).toMatchObject({ data: { labelled: 0 }, arms: [], seed: 1 });
    expect(taken.refused).toEqual([{ path: 'seed', message: 'Enter 0 or more.' }]);
  });

  it.each([
    'pair=nano&amp;seed=2',
    'pair=nano&AMP;seed=2.',
    'pair%3Dnano%26seed%3D2',
    ' pair = nano & seed = 2 ',
    '%20pair=nano%0A&seed=2%20',
    'pair=nano&seed=2).',
    'pair=nano&seed=2%22%3E',
    '?pair=nano&seed=2\u200b',
    'pair=nano&&seed=2&',
  ])('come through mail and messengers: %j', (link) => {
    expect(recipeFromLink(link)).toEqual({
      recipe: { ...defaultRecipe, pair: 'nano', seed: 2 },
      refused: [],
    });
  });

  it('have numbers as people type them', () => {
    const taken = recipeFromLink('data.examples=10,000&stages.distil.learningRate=0,001&loss.mainKl=1,000');
    expect(taken.recipe).toMatchObject({ data: { examples: 10_000 }, loss: { mainKl: 1 } });
    expect(taken.recipe.stages.distil.learningRate).toBe(0.001);
    expect(taken.refused).toEqual([
      { path: 'loss.mainKl', message: '“1,000” could be 1000 or 1: write 1000 or 1.' },
    ]);
  });
});

describe('bands', () => {
  it('hold the mean, narrow with more questions, and are nothing where all agree', () => {
    const marks = (right: number, n: number) => Array.from({ length: n }, (_, i) => (i < right ? 1 : 0));
    const few = bootstrapBand(marks(30, 100));
    const many = bootstrapBand(marks(300, 1000));
    expect(few.mean).toBeCloseTo(0.3, 12);
    // ±1.96 standard errors of a proportion: 0.09 and 0.028.
    expect(few.high - few.low).toBeCloseTo(0.18, 1);
    expect(many.high - many.low).toBeCloseTo(0.057, 1);
    expect(bootstrapBand(marks(10, 10))).toEqual({ mean: 1, low: 1, high: 1 });
  });

  it('of a difference are paired: what both answer alike does not widen them', () => {
    const band = differenceBand('1111100000', '1111000000');
    expect(band.mean).toBeCloseTo(0.1, 12);
    expect(band.low).toBe(0);
    expect(() => differenceBand('1', '11')).toThrow(/different questions/);
  });
});

describe('saved states', () => {
  it('come back exactly', () => {
    expect(decodeState(encodeState(state))).toEqual(state);
    const { tensors, ...rest } = state;
    expect(describeState(encodeState(state))).toEqual(rest);
    expect(tensors.size).toBe(2);
  });

  it('are refused when cut short or foreign', () => {
    const bytes = encodeState(state);
    for (const damaged of [
      bytes.slice(0, 3),
      bytes.slice(0, 40),
      bytes.slice(0, -1),
      new TextEncoder().encode('hello, world'),
    ])
      for (const read of [decodeState, describeState])
        expect(() => read(damaged)).toThrow(expect.objectContaining({ code: 'state-mismatch' }));
  });
});

describe('exact match', () => {
  it('asks for the same words, not the same case', () => {
    expect(isExactMatch('apple.', 'Apple.')).toBe(true);
    expect(isExactMatch(' Dog  and apple .', 'Dog and apple.')).toBe(true);
    expect(isExactMatch('twenty - eight .', 'Twenty-eight.')).toBe(true);
    expect(isExactMatch("it ' s 3 . 5 m", "It's 3.5 m.")).toBe(true);
    expect(isExactMatch('two - three', 'two three')).toBe(false);
    expect(isExactMatch('ice cream', 'icecream')).toBe(false);
    // A vowel sign is part of its word.
    expect(isExactMatch('मेरानाम', 'मेरा नाम')).toBe(false);
    expect(isExactMatch('Apples.', 'Apple.')).toBe(false);
    expect(isExactMatch('', 'Apple.')).toBe(false);
  });

  it('counts by type', () => {
    const example = (type: 'name' | 'kind', answer: string) => ({
      id: '',
      type,
      picture: '',
      question: '',
      answer,
    });
    expect(
      score(
        [example('name', 'Dog.'), example('name', 'Cat.'), example('kind', 'Food.')],
        ['dog.', 'Dog.', 'Food'],
      ),
    ).toEqual({
      exactMatch: 2 / 3,
      n: 3,
      right: '101',
      byType: { name: { exactMatch: 0.5, n: 2 }, kind: { exactMatch: 1, n: 1 } },
    });
  });
});
