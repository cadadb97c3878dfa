import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { makeTokenBatch } from '../../src/engine/data/batch.ts';
import { Exam } from '../../src/engine/experiment/exam.ts';
import { FeatureMap } from '../../src/engine/experiment/feature-map.ts';
import type { FeatureSample } from '../../src/engine/train/probe-report.ts';
import { teacherFeatures } from '../../src/engine/train/tfjs/genrecal-losses.ts';
import { explainedShare, principalPlane, project } from '../../src/engine/experiment/principal-plane.ts';
import {
  initialRecalibrator,
  Recalibrator,
  recalibratorContext,
} from '../../src/engine/tfjs/recalibrator.ts';
import { Students } from '../../src/engine/experiment/students.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { examplePatches } from '../../src/engine/data/preprocess.ts';
import { answerPredictors, sequenceFeatures } from '../../src/engine/tfjs/features.ts';
import { sliceTokens } from '../../src/engine/tfjs/slice-tokens.ts';
import { modelInputs } from '../../src/engine/tfjs/inputs.ts';
import { Vlm } from '../../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../../src/engine/tfjs/weights.ts';
import { Random } from '../../src/engine/random.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { LoadedModel } from '../../src/engine/session.ts';
import { loaded } from './loaded.ts';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('the principal plane', () => {
  const width = 6;
  const root = Math.SQRT1_2;
  /** Independent columns of known spread along known directions, with a mean far away. */
  const rows = (() => {
    const random = new Random(5);
    const noise = () => random.next() + random.next() + random.next() - 1.5;
    const data = Array.from({ length: 4000 }, () => {
      const [a, b, rest] = [8 * noise(), 3 * noise(), Array.from({ length: 4 }, () => 0.2 * noise())];
      return [100 + root * (a + rest[0]!), 50 - root * (a - rest[0]!), b, rest[1]!, rest[2]!, rest[3]!];
    });
    return { width, data: Float32Array.from(data.flat()) };
  })();

  it('finds the two directions of most variance, orthogonal, with the largest component positive', () => {
    const { axes, mean } = principalPlane(rows);
    expect(Math.abs(dot(axes[0], [root, -root, 0, 0, 0, 0]))).toBeGreaterThan(0.999);
    expect(Math.abs(dot(axes[1], [0, 0, 1, 0, 0, 0]))).toBeGreaterThan(0.999);
    expect(dot(axes[0], axes[0])).toBeCloseTo(1, 10);
    expect(dot(axes[1], axes[1])).toBeCloseTo(1, 10);
    expect(dot(axes[0], axes[1])).toBeCloseTo(0, 10);
    for (const axis of axes) expect(Math.max(...axis)).toBeCloseTo(Math.max(...axis.map(Math.abs)), 12);
    expect(mean[0]).toBeCloseTo(100, 0);
  });

  it('agrees with the covariance matrix: an axis is its eigenvector, and shares are those of its eigenvalues', () => {
    const plane = principalPlane(rows);
    const count = rows.data.length / width;
    const centred = Array.from({ length: count }, (_, r) =>
      Array.from(plane.mean, (value, i) => rows.data[r * width + i]! - value),
    );
    const covariance = Array.from({ length: width }, (_, i) =>
      Array.from(
        { length: width },
        (_, j) => centred.reduce((sum, row) => sum + row[i]! * row[j]!, 0) / count,
      ),
    );
    const trace = covariance.reduce((sum, row, i) => sum + row[i]!, 0);
    let share = 0;
    for (const axis of plane.axes) {
      const image = covariance.map((row) => dot(row, axis));
      const eigenvalue = dot(image, axis);
      image.forEach((value, i) => expect(value).toBeCloseTo(eigenvalue * axis[i]!, 3));
      share += eigenvalue / trace;
    }
    expect(explainedShare(rows, plane)).toBeCloseTo(share, 8);
    expect(share).toBeLessThan(1);
  });

  it('keeps distances within the plane, and stands on samples without variance or with one direction only', () => {
    const flat = { width: 3, data: Float32Array.of(1, 1, 1, 4, 5, 1, 1, 5, 1) };
    const places = project(flat, principalPlane(flat));
    const distance = (a: number, b: number) =>
      Math.hypot(places[2 * a]! - places[2 * b]!, places[2 * a + 1]! - places[2 * b + 1]!);
    expect(distance(0, 1)).toBeCloseTo(5, 6);
    expect(distance(1, 2)).toBeCloseTo(3, 6);
    expect(explainedShare(flat, principalPlane(flat))).toBeCloseTo(1, 10);
    for (const data of [Float32Array.of(2, 2, 2, 2, 2, 2), Float32Array.of(0, 0, 0, 1, 1, 1)]) {
      const plane = principalPlane({ width: 3, data });
      expect(dot(plane.axes[0], plane.axes[1])).toBeCloseTo(0, 10);
      for (const axis of plane.axes) expect(dot(axis, axis)).toBeCloseTo(1, 10);
    }
  });
});

describe('the feature map', () => {
  const rowsOf = (width: number, ...rows: number[][]) => ({ width, data: Float32Array.from(rows.flat()) });
  const sample = (shift: number): FeatureSample => ({
    tokens: [
      { example: 0, text: 'Apple', first: true },
      { example: 0, text: '.', first: false },
    ],
    teacherSpace: {
      z: rowsOf(3, [1, 0, 0], [0, 1, 0]),
      r: rowsOf(3, [3, 0 + shift, 0], [0, 0, 2]),
    },
    studentSpace: { z: rowsOf(2, [0 + shift, 1]), preZ: rowsOf(2, [0, 2], [5, 1]) },
  });

  it('keeps its first basis: what stands still keeps its place, what moves has moved', () => {
    const map = new FeatureMap();
    const [before, after] = [map.place(sample(0)), map.place(sample(2))];
    expect(after.teacherSpace.teacher).toEqual(before.teacherSpace.teacher);
    expect(after.teacherSpace.own.slice(2)).toEqual(before.teacherSpace.own.slice(2));
    expect(after.teacherSpace.own.slice(0, 2)).not.toEqual(before.teacherSpace.own.slice(0, 2));
    expect(new FeatureMap().place(sample(2)).teacherSpace.own).not.toEqual(after.teacherSpace.own);
  });

  it('measures closeness in the full space, beside that to the other tokens', () => {
    const { teacherSpace, studentSpace } = new FeatureMap().place(sample(0));
    // r = [3,0,0] and [0,0,2] against z = [1,0,0] and [0,1,0].
    expect(teacherSpace.cosine).toBeCloseTo(0.5, 10);
    expect(teacherSpace.cosineOthers).toBeCloseTo(0, 10);
    // Only the first token has a student's feature: [0,1] against pre(z_l) = [0,2].
    expect(studentSpace.cosine).toBeCloseTo(1, 10);
    expect(studentSpace.own).toHaveLength(2);
    expect(studentSpace.teacher).toHaveLength(4);
  });
});

describe('the features of a probe', () => {
  const context = loaded('nano');
  const recipe = recipeSchema.parse({
    pair: 'nano',
    arms: [],
    data: { examples: 32, batchSize: 8 },
    stages: { align: { steps: 2 }, distil: { steps: 2 }, finetune: { steps: 1 } },
    evaluation: { everySteps: 2, liveQuestions: 8, finalQuestions: 8 },
  });

  it('are those of the reference engine on the same questions', async () => {
    const { session } = context;
    const arms = armsOf(recipe);
    const asked = new Exam(session, recipe).questions;
    const set = trainingSet(session, labelledExamples(session, recipe), arms, new Map(), asked);
    const students = new Students(session, set, recipe, arms);
    await students.prepare('distil');
    const reports = [];
    for await (const report of students.probes()) reports.push(report);
    students.dispose();
    const { tokens, teacherSpace, studentSpace } = reports[0]!.sample;

    const inputs = (model: LoadedModel, bounds: { Nq: number; Na: number }) =>
      modelInputs(
        model.config,
        makeTokenBatch(model.tokenizer, asked, bounds),
        examplePatches(model, session.data, asked),
      );
    const tensors = tf.tidy(() => {
      const [s, l] = [
        inputs(session.student, set.bounds.student),
        inputs(session.teacher, set.bounds.teacher),
      ];
      const student = new Vlm(session.student.config, uploadWeights(session.student.checkpoint.tensors));
      const teacher = new Vlm(session.teacher.config, uploadWeights(session.teacher.checkpoint.tensors));
      const weights = uploadWeights(
        initialRecalibrator(session.student.config, session.teacher.config, recipe),
      );
      const recalibrator = new Recalibrator(session.student.config, recipe.recalibrator, weights);
      const features = teacherFeatures(teacher, l, recipe);
      const question = sliceTokens(sequenceFeatures(student, s), s.batch, 0, s.questionLength);
      const r = recalibrator.main(
        question,
        features.answer,
        recalibratorContext(session.student.config, s, l, recipe.recalibrator.reassignPositions).main,
      );
      const z = answerPredictors(features.sequence, l);
      const [kernel, bias] = [weights.get('rec.proj_pre.weight')!, weights.get('rec.proj_pre.bias')!];
      return {
        z: z,
        r: answerPredictors(r, { ...l, questionLength: s.questionLength }),
        zs: sliceTokens(question, s.batch, s.questionLength - 1, 1),
        pre: tf.add<tf.Tensor2D>(tf.matMul(z, kernel, false, true), bias),
      };
    });

    const expected = {
      z: await tensors.z.array(),
      r: await tensors.r.array(),
      zs: await tensors.zs.array(),
      pre: await tensors.pre.array(),
    };
    tf.dispose({ ...tensors });

    const { Na } = set.bounds.teacher;
    expect(tokens.length).toBeGreaterThan(8);
    expect(tokens.filter(({ first }) => first)).toHaveLength(8);
    const close = (found: Float32Array, wanted: readonly number[]) =>
      found.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(2e-3));
    let place = 0;
    tokens.forEach(({ example, first }, row) => {
      place = first ? 0 : place + 1;
      const at = example * Na + place;
      const of = ({ width, data }: { width: number; data: Float32Array }, index = row) =>
        data.subarray(index * width, (index + 1) * width);
      close(of(teacherSpace.z), expected.z[at]!);
      close(of(teacherSpace.r), expected.r[at]!);
      close(of(studentSpace.preZ), expected.pre[at]!);
      if (first) close(of(studentSpace.z, example), expected.zs[example]!);
    });
  });

  it('come at every probe, the first before the first update, and repeat bit for bit', async () => {
    const maps = async () => {
      const trainer = new Trainer(context.session, recipe);
      const found = [];
      for await (const event of trainer.run()) if (event.type === 'features') found.push(event);
      trainer.dispose();
      return found;
    };
    const first = await maps();
    expect(first.map(({ step, arm }) => [step, arm])).toEqual([
      [0, 'main'],
      [2, 'main'],
      [4, 'main'],
    ]);
    const [start, aligned] = first.map(({ map }) => map);
    // The teacher is frozen and the basis fixed; the Recalibrator learns.
    expect(aligned!.teacherSpace.teacher).toEqual(start!.teacherSpace.teacher);
    expect(aligned!.teacherSpace.own).not.toEqual(start!.teacherSpace.own);
    for (const { map } of first)
      for (const space of [map.teacherSpace, map.studentSpace]) {
        expect(space.explained).toBeGreaterThan(0);
        expect(space.explained).toBeLessThanOrEqual(1);
        expect(Math.abs(space.cosine)).toBeLessThanOrEqual(1);
        expect([...space.own, ...space.teacher].every(Number.isFinite)).toBe(true);
      }
    expect(await maps()).toEqual(first);
  });
});
