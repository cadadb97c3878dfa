import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import { defaultObjectiveOptions, type LogitInputs } from '../../src/engine/objectives/objective.ts';
import { objectives } from '../../src/engine/objectives/registry.ts';
import { openNodeDevice } from '../../src/node/webgpu.ts';

let device: EngineDevice;
beforeAll(async () => {
  device = await openNodeDevice();
});
afterAll(() => device.dispose());

let seed = 1;
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

/** Every token's counterpart under id mod V_s; identity where the vocabularies are equal. */
function tables(studentSize: number, teacherSize: number): LogitInputs['vocabulary'] {
  const identical = studentSize === teacherSize;
  const shared = identical ? teacherSize : Math.min(4, studentSize);
  const matrix = tf.tensor2d(
    Array.from({ length: teacherSize }, (_, l) =>
      Array.from({ length: studentSize }, (_, s) => (l < shared && s === l ? 1 : 0)),
    ),
  );
  const rest = (size: number) => tf.tensor2d([Array.from({ length: size }, (_, i) => (i < shared ? 0 : 1))]);
  return {
    shared: {
      matrix,
      studentRest: rest(studentSize),
      teacherRest: rest(teacherSize),
      share: shared / teacherSize,
    },
    nearest: tf.tensor2d(
      Array.from({ length: teacherSize }, (_, l) =>
        Array.from({ length: studentSize }, (_, s) => (s === l % studentSize ? 1 : 0)),
      ),
    ),
    projection: identical ? matrix : (tf.softmax(random(studentSize, teacherSize)) as tf.Tensor2D),
  };
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

/** The gradient along a random direction equals the central difference along it. */
async function checkGradient(f: (x: tf.Tensor) => tf.Scalar, x: tf.Tensor): Promise<void> {
  const gradient = tf.grad(f)(x);
  // Short, because sorted distances bend where two probabilities meet.
  const step = 1e-3;
  for (let i = 0; i < 3; i++) {
    const direction = random(...x.shape);
    const moved = (by: number) => f(tf.add(x, tf.mul(direction, by)));
    const difference = ((await value(moved(step))) - (await value(moved(-step)))) / (2 * step);
    const along = await value(tf.sum(tf.mul(gradient, direction)));
    const size = await value(tf.norm(tf.reshape(gradient, [-1])));
    expect(size).toBeGreaterThan(0);
    expect(Math.abs(along - difference), `${along} against ${difference}`).toBeLessThan(0.02 * size + 1e-4);
  }
}

const variants = objectives.flatMap((objective) => {
  const options = defaultObjectiveOptions;
  const variant = (label: string, changed: Partial<typeof options>) => ({
    name: `${objective.key}${label}`,
    objective,
    options: { ...options, ...changed },
  });
  const all = [variant('', {})];
  if (objective.key === 'gkd')
    for (const beta of [0, 0.2, 1]) all.push(variant(`, β ${beta}`, { gkd: { ...options.gkd, beta } }));
  if (objective.key === 'skew-kl') {
    all.push(variant(', reverse', { 'skew-kl': { ...options['skew-kl'], direction: 'reverse' } }));
    all.push(variant(', λ 0', { 'skew-kl': { ...options['skew-kl'], lambda: 0 } }));
  }
  if (objective.key === 'alm') all.push(variant(', τ 1', { alm: { temperature: 1 } }));
  if (objective.key === 'gold') {
    for (const beta of [0, 1]) all.push(variant(`, β ${beta}`, { gold: { ...options.gold, beta } }));
    all.push(variant(', bayesian', { gold: { ...options.gold, merge: 'bayesian', sharedWeight: 0.3 } }));
  }
  return all;
});

describe.each(['cpu', 'webgpu'])('on %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  describe.each(variants)('$name', ({ objective, options }) => {
    const shapes = objective.tokenizers === 'any' ? [same, cross] : [same];

    it('is 0 for student = teacher, and so is its gradient', async () => {
      const inputs = inputsOf(same);
      const equal = { ...inputs, teacher: inputs.student };
      const loss = (x: tf.Tensor) => objective.loss(withLogits(equal, x), options);
      expect(Math.abs(await value(loss(equal.student.logits)))).toBeLessThan(1e-6);
      expect(await largest(tf.grad(loss)(equal.student.logits))).toBeLessThan(2e-6);
    });

    it('is positive elsewhere, and its gradient equals finite differences', async () => {
      for (const shape of shapes) {
        const inputs = inputsOf(shape);
        const labelled =
          objective.tokenizers === 'same'
            ? { ...inputs, teacher: { ...inputs.teacher, labels: inputs.student.labels } }
            : inputs;
        const loss = (x: tf.Tensor) => objective.loss(withLogits(labelled, x), options);
        expect(await value(loss(inputs.student.logits))).toBeGreaterThan(1e-4);
        await checkGradient(loss, inputs.student.logits);
      }
    });

    it('sends no gradient to padding', async () => {
      for (const shape of shapes) {
        const inputs = inputsOf(shape);
        const loss = (x: tf.Tensor) => objective.loss(withLogits(inputs, x), options);
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
          const loss = (x: tf.Tensor) => objective.loss(withLogits(part, x), options);
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
        const loss = (x: tf.Tensor) => objective.loss(withLogits(inputs, x), options);
        expect(Number.isFinite(await value(loss(extreme)))).toBe(true);
        const gradient = await tf.grad(loss)(extreme).data();
        expect(gradient.every(Number.isFinite)).toBe(true);
      }
    });
  });
});

it('an objective for one tokenizer refuses two vocabularies in plain words', () => {
  for (const objective of objectives.filter(({ tokenizers }) => tokenizers === 'same'))
    expect(() => objective.loss(inputsOf(cross), defaultObjectiveOptions)).toThrow(
      /6 tokens and the teacher 9/,
    );
});
