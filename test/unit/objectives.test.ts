import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import { ownWeightShapes } from '../../src/engine/method/own-weights.ts';
import type { VlmConfig } from '../../src/engine/models/config.ts';
import type { LogitInputs } from '../../src/engine/objectives/shared/objective.ts';
import { objectiveLosses } from '../../src/engine/objectives/registry.ts';
import { dskdLoss } from '../../src/engine/objectives/dskd.ts';
import {
  denseVocabularyTables,
  disposeVocabularyTables,
  makeVocabularyTables,
} from '../../src/engine/objectives/shared/vocabulary-tables.ts';
import { objectiveKeys, objectives, usesLogits } from '../../src/engine/recipe/objectives.ts';
import { vocabularyOf } from '../../src/engine/models/tokenizers/vocabulary-maps.ts';
import { opened } from './device.ts';
import { shippedTokenizer } from './data-fixtures.ts';
import { dskdInputs, logitInputs, lossesOverLogits, objectiveBatches } from './objective-fixtures.ts';

opened();

let seed = 1;
beforeEach(() => {
  seed = 1;
});
const random = (...shape: number[]) => tf.randomNormal(shape, 0, 1.5, 'float32', seed++);
const value = async (tensor: tf.Tensor) => (await tensor.data())[0]!;
const largest = (tensor: tf.Tensor) => value(tf.max(tf.abs(tensor)));

interface Shape {
  batch: number;
  student: [length: number, vocabulary: number];
  teacher: [length: number, vocabulary: number];
  /** Real tokens of each answer. */
  lengths: { student: number[]; teacher: number[] };
  chunks: { student: number[][]; teacher: number[][]; count: number };
}

/** Two answers of one tokenizer, padded to 4. */
const same: Shape = {
  batch: 2,
  student: [4, 7],
  teacher: [4, 7],
  lengths: { student: [4, 2], teacher: [4, 2] },
  chunks: {
    student: [
      [0, 1, 2, 3],
      [0, 1, -1, -1],
    ],
    teacher: [
      [0, 1, 2, 3],
      [0, 1, -1, -1],
    ],
    count: 5,
  },
};
/** Two answers of two tokenizers: 2↔1, 1↔2 and 1↔1 tokens, and one chunk that is missing on the student's side. */
const cross: Shape = {
  batch: 2,
  student: [5, 6],
  teacher: [4, 9],
  lengths: { student: [4, 3], teacher: [4, 3] },
  chunks: {
    student: [
      [0, 0, 1, 2, -1],
      [0, 1, -1, -1, -1],
    ],
    teacher: [
      [0, 1, 1, 2],
      [0, 1, 1, -1],
    ],
    count: 4,
  },
};

function maskOf(lengths: number[], width: number): tf.Tensor2D {
  return tf.tensor2d(lengths.map((length) => Array.from({ length: width }, (_, j) => (j < length ? 1 : 0))));
}

/** Identity where the vocabularies are equal; else four shared tokens, and the rest by remainder. */
function tables(studentSize: number, teacherSize: number): LogitInputs['vocabulary'] {
  const identical = studentSize === teacherSize;
  const shared = identical ? teacherSize : 4;
  const teacherIds = Int32Array.from({ length: teacherSize }, (_, t) => t);
  return denseVocabularyTables({
    studentSize,
    teacherSize,
    shared: teacherIds.map((t) => (t < shared ? t : -1)),
    nearest: teacherIds.map((t) => t % studentSize),
    projection: Array.from(teacherIds, (t) =>
      identical
        ? [{ student: t, teacher: t, weight: 1 }]
        : [
            { student: t % studentSize, teacher: t, weight: 0.6 },
            { student: (t + 2) % studentSize, teacher: t, weight: 0.1 },
          ],
    ).flat(),
  });
}

function inputsOf(shape: Shape): LogitInputs {
  const side = (role: 'student' | 'teacher') => {
    const [length, vocabulary] = shape[role];
    return {
      logits: random(shape.batch, length, vocabulary) as tf.Tensor3D,
      labels: tf.tensor2d(
        Array.from({ length: shape.batch * length }, (_, i) => (i * 5 + 2) % vocabulary),
        [shape.batch, length],
        'int32',
      ),
      mask: maskOf(shape.lengths[role], length),
    };
  };
  return {
    batch: shape.batch,
    student: side('student'),
    teacher: side('teacher'),
    chunks: {
      student: tf.tensor2d(shape.chunks.student, undefined, 'int32'),
      teacher: tf.tensor2d(shape.chunks.teacher, undefined, 'int32'),
      count: shape.chunks.count,
    },
    vocabulary: tables(shape.student[1], shape.teacher[1]),
  };
}

const withLogits = (inputs: LogitInputs, logits: tf.Tensor): LogitInputs => ({
  ...inputs,
  student: { ...inputs.student, logits: logits as tf.Tensor3D },
});

/**
 * The gradient along a random direction equals the central difference along it. Sorted distances bend where two probabilities meet:
 * one of two steps must agree.
 */
async function checkGradient(f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): Promise<void> {
  const gradient = tf.grad(f)(x);
  const size = await value(tf.norm(tf.reshape(gradient, [-1])));
  expect(size).toBeGreaterThan(0);
  for (let i = 0; i < 3; i++) {
    const direction = random(...x.shape);
    const along = await value(tf.sum(tf.mul(gradient, direction)));
    const errors: number[] = [];
    for (const step of [1e-3, 2e-4]) {
      const moved = (by: number) => value(f(tf.add(x, tf.mul(direction, by))));
      errors.push(Math.abs(along - ((await moved(step)) - (await moved(-step))) / (2 * step)));
    }
    expect(Math.min(...errors), `along ${along}, gradient’s size ${size}`).toBeLessThan(0.02 * size + 3e-4);
  }
}

type Loss = (inputs: LogitInputs) => tf.Scalar;

/** The objectives over logits as a run computes them. */
const overLogits = objectiveKeys.flatMap((key) => {
  const objective = objectiveLosses[key];
  if (objective?.reads !== 'logits') return [];
  const loss: Loss = (inputs) => objective.loss(inputs, new Map());
  return [{ key, oneTokenizer: objectives[key].oneTokenizer, objective, loss }];
});

const variants = overLogits.flatMap(({ key, oneTokenizer, loss: usual }) => {
  const variant = (label: string, loss: Loss) => ({
    name: `${key}${label}`,
    oneTokenizer,
    objectiveLoss: loss,
  });
  const all = [variant('', usual)];
  const { gkd, 'skew-kl': skewKl, alm, gold } = lossesOverLogits;
  if (key === 'gkd') for (const beta of [0, 0.2, 1]) all.push(variant(`, β ${beta}`, gkd({ beta })));
  if (key === 'skew-kl') {
    all.push(variant(', reverse', skewKl({ direction: 'reverse' })));
    all.push(variant(', λ 0', skewKl({ lambda: 0 })));
  }
  if (key === 'alm') all.push(variant(', τ 1', alm({ temperature: 1 })));
  if (key === 'gold') {
    for (const beta of [0, 1]) all.push(variant(`, β ${beta}`, gold({ beta })));
    all.push(variant(', bayesian', gold({ merge: 'bayesian', sharedWeight: 0.3 })));
  }
  return all;
});

describe.each(['cpu', 'webgpu'])('on %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  describe.each(variants)('$name', ({ oneTokenizer, objectiveLoss }) => {
    const shapes = oneTokenizer ? [same] : [same, cross];

    it('is 0 for student = teacher, and so is its gradient', async () => {
      const inputs = inputsOf(same);
      const equal = { ...inputs, teacher: inputs.student };
      const loss = (x: tf.Tensor) => objectiveLoss(withLogits(equal, x));
      expect(Math.abs(await value(loss(equal.student.logits)))).toBeLessThan(1e-6);
      expect(await largest(tf.grad(loss)(equal.student.logits))).toBeLessThan(2e-6);
    });

    it('is positive elsewhere, and its gradient equals finite differences', async () => {
      for (const shape of shapes) {
        const inputs = inputsOf(shape);
        const loss = (x: tf.Tensor) => objectiveLoss(withLogits(inputs, x));
        expect(await value(loss(inputs.student.logits))).toBeGreaterThan(1e-4);
        await checkGradient(loss, inputs.student.logits);
      }
    });

    it('sends no gradient to padding', async () => {
      for (const shape of shapes) {
        const inputs = inputsOf(shape);
        const loss = (x: tf.Tensor) => objectiveLoss(withLogits(inputs, x));
        const gradient = tf.grad(loss)(inputs.student.logits);
        const padding = tf.sub(1, tf.expandDims(inputs.student.mask, 2));
        expect(await largest(tf.mul(gradient, padding))).toBe(0);
      }
    });

    it('ignores an answer without any real token, and gives 0 for a batch of such', async () => {
      for (const shape of shapes) {
        const inputs = inputsOf(shape);
        const emptied = (answers: number[]): LogitInputs => {
          const keep = tf.tensor2d(
            Array.from({ length: shape.batch }, (_, b) => [answers.includes(b) ? 0 : 1]),
          );
          const chunks = (x: tf.Tensor2D) =>
            tf.cast<tf.Tensor2D>(tf.sub(tf.mul(tf.add(x, 1), keep), 1), 'int32');
          return {
            ...inputs,
            student: { ...inputs.student, mask: tf.mul(inputs.student.mask, keep) },
            teacher: { ...inputs.teacher, mask: tf.mul(inputs.teacher.mask, keep) },
            chunks: {
              student: chunks(inputs.chunks.student),
              teacher: chunks(inputs.chunks.teacher),
              count: inputs.chunks.count,
            },
          };
        };
        for (const answers of [[1], [0, 1]]) {
          const part = emptied(answers);
          const loss = (x: tf.Tensor) => objectiveLoss(withLogits(part, x));
          const gradient = tf.grad(loss)(part.student.logits);
          const total = await value(loss(part.student.logits));
          expect(Number.isFinite(total)).toBe(true);
          if (answers.length === 2) expect(Math.abs(total)).toBe(0);
          for (const b of answers) expect(await largest(tf.slice(gradient, [b, 0, 0], [1, -1, -1]))).toBe(0);
        }
      }
    });

    it('stays finite on extreme logits', async () => {
      for (const shape of shapes) {
        const inputs = inputsOf(shape);
        const extreme = tf.mul(inputs.student.logits, 1e4);
        const loss = (x: tf.Tensor) => objectiveLoss(withLogits(inputs, x));
        expect(Number.isFinite(await value(loss(extreme)))).toBe(true);
        const gradient = await tf.grad(loss)(extreme).data();
        expect(gradient.every(Number.isFinite)).toBe(true);
      }
    });
  });
});

/** Against the expected value, or against 1 where that is larger. */
function expectClose(actual: number, expected: number, tolerance: number, label: string): void {
  const scale = Math.max(Math.abs(expected), 1);
  expect(Math.abs(actual - expected) / scale, `${label}: ${actual} against ${expected}`).toBeLessThan(
    tolerance,
  );
}

/** Largest difference, relative to the largest entry of the expected gradient. */
async function gradientError(actual: tf.Tensor, expected: unknown): Promise<number> {
  const wanted = tf.tensor(expected as number[]);
  const scale = Math.max(await largest(wanted), 1e-6);
  return (await largest(tf.sub(actual, wanted))) / scale;
}

describe.each(['cpu', 'webgpu'])('losses and gradients equal PyTorch’s on %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  const cases = objectiveBatches.flatMap((batch) =>
    batch.cases.map((measured) => ({
      name: `${measured.key} ${JSON.stringify(measured.options)}, ${batch.label}`,
      batch,
      measured,
    })),
  );
  it.each(cases)('$name', async ({ batch, measured }) => {
    const objectiveLoss = lossesOverLogits[measured.key](measured.options);
    const inputs = logitInputs(batch);
    const loss = (x: tf.Tensor) => objectiveLoss(withLogits(inputs, x));
    expectClose(await value(loss(inputs.student.logits)), measured.loss, 1e-5, 'loss');
    const gradient = tf.grad(loss)(inputs.student.logits);
    expect(await gradientError(gradient, measured.gradient)).toBeLessThan(1e-4);
  });

  it.each(objectiveBatches)('dskd, $label', async (batch) => {
    const names = Object.keys(batch.dskd.gradients);
    const start = names.map((name) =>
      tf.tensor((name === 'student.logits' ? batch.student.logits : batch.dskd.arrays[name]) as number[][]),
    );
    const terms = (values: tf.Tensor[]) => {
      const given = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      const { sides, projectors } = dskdInputs(batch, given);
      return dskdLoss(sides, projectors, batch.dskd.options);
    };
    for (const [name, term] of Object.entries(terms(start)))
      expectClose(await value(term), batch.dskd.terms[name as 'total'], 1e-5, name);
    const gradients = tf.grads((...values) => terms(values).total)(start);
    for (const [i, name] of names.entries())
      expect(await gradientError(gradients[i]!, batch.dskd.gradients[name]), name).toBeLessThan(1e-4);
  });

  it('dskd gives 0 and no gradient without any real token, and none to heads and embeddings', async () => {
    const batch = objectiveBatches[1]!;
    const logits = tf.tensor(batch.student.logits);
    const emptied = (x: tf.Tensor) => {
      const { sides, projectors } = dskdInputs(batch, { 'student.logits': x });
      sides.student.mask = tf.zerosLike(sides.student.mask);
      sides.teacher.mask = tf.zerosLike(sides.teacher.mask);
      return dskdLoss(sides, projectors, batch.dskd.options).total;
    };
    expect(Math.abs(await value(emptied(logits)))).toBe(0);
    expect(await largest(tf.grad(emptied)(logits))).toBe(0);
    for (const name of ['student.head', 'teacher.head', 'student.labelEmbeddings']) {
      const frozen = (x: tf.Tensor) => {
        const { sides, projectors } = dskdInputs(batch, { [name]: x });
        return dskdLoss(sides, projectors, batch.dskd.options).total;
      };
      const x = tf.tensor(batch.dskd.arrays[name] as number[][]);
      expect(await largest(tf.grad(frozen)(x)), name).toBe(0);
    }
  });

  it('dskd: the gradient equals finite differences where nothing is detached', async () => {
    const batch = objectiveBatches[1]!;
    for (const name of ['student.features', 'toTeacher.weight'] as const) {
      const loss = (x: tf.Tensor) => {
        const { sides, projectors } = dskdInputs(batch, { [name]: x });
        return dskdLoss(sides, projectors, batch.dskd.options).total;
      };
      await checkGradient(loss, tf.tensor(batch.dskd.arrays[name] as number[][]));
    }
  });
});

it.each(overLogits)(
  '$key: WebGPU equals the CPU at the size of the built-in vocabularies',
  async ({ oneTokenizer, loss: objectiveLoss }) => {
    const teacherSize = 1470;
    const studentSize = oneTokenizer ? teacherSize : 432;
    const batch = 4;
    const shape: Shape = {
      ...cross,
      batch,
      student: [5, studentSize],
      teacher: [oneTokenizer ? 5 : 4, teacherSize],
      lengths: { student: [4, 3, 5, 0], teacher: [4, 3, 4, 0] },
      chunks: {
        student: [...cross.chunks.student, [0, 1, 2, 3, 3], [-1, -1, -1, -1, -1]],
        teacher: [...cross.chunks.teacher, [0, 1, 2, 3], [-1, -1, -1, -1]].map((row) =>
          oneTokenizer ? [...row, -1] : row,
        ),
        count: 5,
      },
    };
    await tf.setBackend('cpu');
    const inputs = inputsOf(shape);
    const start = inputs.student.logits;
    const loss = (x: tf.Tensor) => objectiveLoss(withLogits(inputs, x));
    const measure = async () => ({
      loss: await value(loss(start)),
      gradient: await tf.grad(loss)(start).data(),
    });
    const expected = await measure();
    await tf.setBackend('webgpu');
    const actual = await measure();
    expectClose(actual.loss, expected.loss, 1e-5, 'loss');
    const scale = Math.max(...expected.gradient.map(Math.abs));
    expect(scale).toBeGreaterThan(0);
    actual.gradient.forEach((x, i) => {
      if (Math.abs(x - expected.gradient[i]!) > 1e-4 * scale)
        expect.fail(`${i}: ${x} against ${expected.gradient[i]}`);
    });
  },
);

it('two templates of one vocabulary: renamed tokens are compared under their own names', async () => {
  await tf.setBackend('webgpu');
  const inputs = inputsOf(same);
  const order = { first: [1, 0, 2, 3, 4, 6, 5], later: [0, 1, 2, 3, 4, 6, 5] };
  const names = {
    first: tf.tensor1d(order.first, 'int32'),
    later: tf.tensor1d(order.later, 'int32'),
  };
  // A teacher that says the same as the student, in its own names.
  const rename = (from: number, ids: tf.Tensor1D) =>
    tf.gather(tf.slice(inputs.student.logits, [0, from, 0], [2, from === 0 ? 1 : 3, 7]), ids, 2);
  const teacher = {
    ...inputs.teacher,
    logits: tf.concat([rename(0, names.first), rename(1, names.later)], 1),
  };
  const loss = (vocabulary: LogitInputs['vocabulary']) =>
    value(lossesOverLogits.gkd()({ ...inputs, teacher, vocabulary }));
  expect(Math.abs(await loss({ sameTokens: names }))).toBeLessThan(1e-6);
  expect(await loss({})).toBeGreaterThan(1e-3);
});

it('a run’s tensors stay the same from step to step', async () => {
  await tf.setBackend('webgpu');
  for (const { key, loss } of overLogits) {
    const inputs = inputsOf(same);
    const step = () =>
      tf.tidy(() => tf.dispose(tf.grad((x) => loss(withLogits(inputs, x)))(inputs.student.logits)));
    step();
    const before = tf.memory().numTensors;
    step();
    expect(tf.memory().numTensors, key).toBe(before);
  }
});

describe('vocabulary tables of the shipped tokenizers', () => {
  const teacher = vocabularyOf(shippedTokenizer('mini-teacher', 'llava'));
  const every = new Set(['sameTokens', 'shared', 'nearest', 'projection'] as const);

  it('have the shapes the objectives read, and are disposed of', async () => {
    await tf.setBackend('cpu');
    const student = vocabularyOf(shippedTokenizer('mini-student', 'idefics3'));
    const before = tf.memory().numTensors;
    const cross = new Set(['shared', 'nearest', 'projection'] as const);
    const made = makeVocabularyTables(student, teacher, cross);
    expect(made.shared!.matrix.shape).toEqual([teacher.size, student.size]);
    expect(made.nearest!.shape).toEqual([teacher.size, student.size]);
    expect(made.projection!.shape).toEqual([student.size, teacher.size]);
    expect(made.shared!.share).toBeGreaterThan(0.4);
    // No teacher token has two homes, and none of a shared token is left over.
    const homes = tf.tidy(() =>
      Array.from(
        tf.add(tf.sum(made.shared!.matrix, 1), tf.reshape(made.shared!.teacherRest, [-1])).dataSync(),
      ),
    );
    expect(homes.every((count) => count === 1)).toBe(true);
    disposeVocabularyTables(made);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rename tokens where two templates share one vocabulary, and only what is asked for is made', () => {
    const student = vocabularyOf(shippedTokenizer('mini-student-bpe', 'idefics3'));
    const made = makeVocabularyTables(student, teacher, new Set(['sameTokens'] as const));
    expect(Object.keys(made)).toEqual(['sameTokens']);
    expect(made.sameTokens!.first.shape).toEqual([teacher.size]);
  });

  it('are refused in plain words where they would be too large', () => {
    const large = { ...teacher, size: 50_000 };
    expect(() => makeVocabularyTables(large, large, new Set(['shared'] as const))).toThrow(/too large/);
  });

  it('are refused where tokens are to be one and are not', () => {
    const student = vocabularyOf(shippedTokenizer('mini-student', 'idefics3'));
    for (const other of [student, { ...student, size: teacher.size }])
      expect(() => makeVocabularyTables(other, teacher, new Set(['sameTokens'] as const))).toThrow(/differ/);
  });

  it('are named by the objectives', () => {
    for (const { vocabulary } of overLogits.map(({ objective }) => objective))
      if (vocabulary !== undefined) expect([...every]).toContain(vocabulary);
  });
});

it('an objective for one tokenizer refuses two vocabularies in plain words', () => {
  const alike = overLogits.filter(({ oneTokenizer }) => oneTokenizer);
  expect(alike.map(({ key }) => key)).toEqual(['gkd', 'skew-kl']);
  for (const { loss } of alike) expect(() => loss(inputsOf(cross))).toThrow(/6 tokens and the teacher 9/);
});

describe('the recipe’s table of objectives', () => {
  const pair = { student: { text: { hiddenSize: 4 } }, teacher: { text: { hiddenSize: 6 } } };

  it('says which have a term over logits, as the losses do', () => {
    for (const key of objectiveKeys) expect(usesLogits(key), key).toBe(objectiveLosses[key] !== undefined);
    expect(overLogits.map(({ key }) => key).sort()).toEqual(Object.keys(lossesOverLogits).sort());
  });

  it('says which compare the same tokens, as their vocabulary tables do', () => {
    for (const { oneTokenizer, objective } of overLogits)
      expect(objective.vocabulary === 'sameTokens').toBe(oneTokenizer);
  });

  it('and the method’s weights beside the student are those that objectives train', () => {
    const [student, teacher] = [pair.student, pair.teacher] as unknown as [VlmConfig, VlmConfig];
    for (const key of objectiveKeys)
      expect(ownWeightShapes(key, student, teacher), key).toEqual(
        objectiveLosses[key]?.weights?.shapes(student, teacher) ?? [],
      );
    expect(ownWeightShapes('dskd', student, teacher)).toHaveLength(6);
  });
});
