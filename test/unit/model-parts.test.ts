import { describe, expect, it } from 'vitest';
import { architectureOf } from '../../src/engine/models/checkpoints/architecture.ts';
import { vlmFamilyOf } from '../../src/engine/models/families/families.ts';
import { stageKeys, type StageKey } from '../../src/engine/method/stages.ts';
import { lossWeights } from '../../src/engine/method/losses.ts';
import { recalibratorShapes } from '../../src/engine/method/recalibrator-shapes.ts';
import { trainableParameters, trainedNames } from '../../src/engine/method/trained.ts';
import { trainableSizes, trainableWeights } from '../../src/engine/models/checkpoints/trainable-weights.ts';
import { objectiveKeys } from '../../src/engine/recipe/objectives.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { Recipe, RecipeInput } from '../../src/engine/recipe/recipe.ts';
import { factsOf, recalibratorParameters } from '../../src/panels/model/facts.ts';
import { flowKey, narrowLayout, wideLayout } from '../../src/panels/model/layout.ts';
import { phasesOf } from '../../src/panels/model/phases.ts';
import { wiringOf, type PartKey } from '../../src/panels/model/parts.ts';
import { loaded } from './loaded.ts';

const context = loaded('nano', 'null');

const recipe = (change: RecipeInput): Recipe => recipeSchema.parse({ pair: 'nano', arms: [], ...change });

/** Every objective, and every option that changes what is wired. */
const recipes: [string, Recipe][] = [
  ...objectiveKeys.map((objective): [string, Recipe] => [objective, recipe({ objective })]),
  ...(['ce', 'kl', 'feature-mse', 'none'] as const).map((regulariser): [string, Recipe] => [
    `L_reg ${regulariser}`,
    recipe({ loss: { regulariser, regulariserInDistil: true } }),
  ]),
  ['frozen Recalibrator', recipe({ recalibrator: { inDistil: 'frozen', normBeforeProjection: false } })],
  ['frozen encoder', recipe({ student: { visionEncoder: 'frozen' } })],
  ['LoRA', recipe({ student: { lora: { targets: ['q_proj', 'o_proj', 'up_proj'] } } })],
  ['embeddings', recipe({ recalibrator: { answerFeatures: 'teacher-embedding', depth: 3 } })],
];
const cases = recipes.flatMap(([name, own]) =>
  stageKeys.map((stage): [string, StageKey, Recipe] => [name, stage, own]),
);

/** The part of the diagram that a weight belongs to. */
function partOf(name: string): PartKey {
  if (name.startsWith('rec.proj_pre')) return 'pre';
  if (name.startsWith('rec.layers')) return 'recBody';
  if (name.startsWith('rec.')) return 'post';
  const { vision, connector, text, head } = vlmFamilyOf(context.session.student.config).layout;
  if (name.startsWith(vision)) return 'studentVision';
  if (name.startsWith(connector)) return 'studentConnector';
  if (name.startsWith(`${text}.embed_tokens`)) return 'studentTokens';
  if (name.startsWith(text)) return 'studentBody';
  expect(name.startsWith(head)).toBe(true);
  return 'studentHead';
}

const describing = (own: Recipe, stage: StageKey) => {
  const { teacher, student } = context.session;
  return {
    architecture: {
      teacher: architectureOf(teacher.checkpoint),
      student: architectureOf(student.checkpoint),
    },
    recipe: own,
    stage,
    shapes: { teacher: { Nq: 27, Na: 6 }, student: { Nq: 15, Na: 4 } },
  };
};

describe('the diagram', () => {
  it.each(cases)(
    'of “%s” in stage %s has the losses and trains the weights that the engine does',
    (_, stage, own) => {
      const { session } = context;
      const wiring = wiringOf(own, stage, true);
      expect([...wiring.terms].sort()).toEqual(Object.keys(lossWeights(stage, own)).sort());
      const recalibrator = own.objective === 'genrecal';
      const shapes = recalibratorShapes(
        session.student.config,
        session.teacher.config,
        own.recalibrator.depth,
      );
      const { config, checkpoint } = session.student;
      const names = trainedNames(stage, own, {
        ...trainableWeights(config, checkpoint.tensors.keys(), own.student.lora),
        recalibrator: recalibrator ? shapes.map(({ name }) => name) : [],
      });
      const trained = (Object.keys(wiring.state) as PartKey[]).filter(
        (key) => wiring.state[key] === 'trained',
      );
      expect(trained.sort()).toEqual([...new Set(names.map(partOf))].sort());
      // The drawn numbers of weights are those that the engine trains.
      const drawing = describing(own, stage);
      const counted = [...trained, ...wiring.terms];
      const drawn = counted.reduce((sum, key) => sum + (factsOf(key, drawing).parameters ?? 0), 0);
      expect(drawn).toBe(trainableParameters(stage, own, trainableSizes(checkpoint), session));
    },
  );

  it.each(cases)(
    'of “%s” in stage %s sends the gradient to all that trains and to nothing before it',
    (_, stage, own) => {
      const { state, flows, terms } = wiringOf(own, stage, true);
      for (const { from, to, gradient } of flows) {
        expect(state[from], from).not.toBe('unused');
        expect(state[to], to).not.toBe('unused');
        if (gradient) expect(from.startsWith('teacher') && from !== 'teacherHead', from).toBe(false);
      }
      for (const [key, value] of Object.entries(state))
        if (value === 'trained')
          expect(
            flows.some(({ from, gradient }) => from === key && gradient),
            key,
          ).toBe(true);
      // Every loss is reached.
      for (const term of terms)
        expect(
          flows.some(({ to, gradient }) => to === term && gradient),
          term,
        ).toBe(true);
      const phases = phasesOf({ state, flows, terms }, describing(own, stage));
      const order = phases.map(({ key }) => key);
      if (terms.length === 0) expect(order).toEqual([]);
      else expect([order[0], ...order.slice(-3)]).toEqual(['examples', 'losses', 'backward', 'adamw']);
      for (const { parts } of phases) for (const part of parts) expect(state[part]).not.toBe('unused');
    },
  );

  it('tells a GenRecal step in its true order', () => {
    const own = recipe({});
    const keys = (stage: StageKey) =>
      phasesOf(wiringOf(own, stage, true), describing(own, stage)).map(({ key }) => key);
    expect(keys('distil')).toEqual([
      'examples',
      'tokens',
      'teacher',
      'student',
      'pre',
      'recBody',
      'post',
      'heads',
      'losses',
      'backward',
      'adamw',
    ]);
    expect(keys('finetune')).toEqual([
      'examples',
      'tokens',
      'student',
      'heads',
      'losses',
      'backward',
      'adamw',
    ]);
    // In stage 1 nothing of the student learns, so no gradient goes through z_qs.
    const toStudent = (stage: StageKey) =>
      wiringOf(own, stage, true).flows.find(({ from, to }) => from === 'studentBody' && to === 'recBody')!
        .gradient;
    expect([toStudent('align'), toStudent('distil')]).toEqual([false, true]);
  });

  it('closes the copy path with the teacher’s embeddings', () => {
    const into = (answerFeatures: 'teacher-body' | 'teacher-embedding') =>
      wiringOf(recipe({ recalibrator: { answerFeatures } }), 'distil', true)
        .flows.filter(({ to }) => to === 'pre')
        .map(({ from }) => from);
    expect(into('teacher-body')).toEqual(['teacherBody']);
    expect(into('teacher-embedding')).toEqual(['teacherTokens']);
  });

  it('counts every weight once', () => {
    for (const { checkpoint } of [context.session.teacher, context.session.student]) {
      const { parameters, config } = architectureOf(checkpoint);
      const read = [...checkpoint.tensors].filter(
        ([name]) => !(config.family === 'llava' && name.includes('.post_layernorm.')),
      );
      expect(Object.values(parameters).reduce((a, b) => a + b, 0)).toBe(
        read.reduce((sum, [, { data }]) => sum + data.length, 0),
      );
    }
    const { teacher, student } = context.session;
    const own = recipe({ recalibrator: { depth: 3 } });
    const counted = recalibratorParameters(describing(own, 'align'));
    const shapes = recalibratorShapes(student.config, teacher.config, 3);
    expect(counted.pre + counted.recBody + counted.post).toBe(
      shapes.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    );
  });

  it.each([
    ['wide', wideLayout],
    ['narrow', narrowLayout],
  ])('keeps the parts of every stage apart and inside, %s', (_, layout) => {
    for (const [, stage, own] of cases) {
      const { state, terms } = wiringOf(own, stage, true);
      const shown = (Object.keys(layout.parts) as PartKey[]).filter(
        (key) => !terms.some((term) => term === key) || state[key] === 'used',
      );
      const drawn = shown.filter((key) => state[key] !== 'unused').map((key) => layout.parts[key]);
      drawn.forEach((a, i) => {
        expect(a.x >= 0 && a.y >= 0 && a.x + a.w <= layout.width && a.y + a.h <= layout.height).toBe(true);
        for (const b of drawn.slice(i + 1))
          expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(true);
      });
    }
  });

  it('draws every flow between two models and every loss in the wide drawing', () => {
    for (const [, stage, own] of cases)
      for (const flow of wiringOf(own, stage, true).flows)
        expect(wideLayout.flows[flowKey(flow)], flowKey(flow)).toBeDefined();
  });
});
