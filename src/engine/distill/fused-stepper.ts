import * as tf from '@tensorflow/tfjs-core';
import type { Example } from '../data/questions.ts';
import type { DeviceReport } from '../device/open-device.ts';
import { rotaryValues, type RotaryTables } from '../fused/attention.ts';
import { Memory } from '../fused/memory.ts';
import { hyperWords, metricWords } from '../fused/optimiser.ts';
import { Parameters } from '../fused/parameters.ts';
import { Tape, type KernelVariant, type Value } from '../fused/tape.ts';
import { Plan } from '../fused/plan.ts';
import { gatherSlots } from '../fused/tokens.ts';
import { FusedVlm, type DecoderLayout } from '../fused/vlm.ts';
import { Vlm } from '../nn/vlm.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { TrainSession } from '../session.ts';
import { BatchBuffer } from './batch-buffer.ts';
import { CachedPass } from './cached-pass.ts';
import type { LossTerms, StageKey } from './events.ts';
import { recordStage, type StageContext } from './fused-stage.ts';
import { lossWeights } from './loss-weights.ts';
import { PictureTable } from './picture-table.ts';
import type { StepNumbers, Stepper, UpdateRequest } from './stepper.ts';
import { TokenTable, type Bounds } from './token-table.ts';
import { trainedNames } from './trainable.ts';

/** Steps whose numbers fit the metrics buffer between two readbacks. */
const metricSlots = 1024;
/** GPU memory that kept features and pictures of one kind may take. */
const cacheBudget = 256 * 2 ** 20;

interface Stage {
  key: StageKey;
  scratch: Memory;
  terms: (keyof LossTerms)[];
  plan: Plan;
  teacher?: CachedPass;
  student?: CachedPass;
  vision?: CachedPass;
}

/**
 * One run on fixed dispatch lists: every stage's update is recorded once over persistent buffers and replayed as a single compute pass, with
 * one upload (the batch's ids) and 16 bytes of numbers a step. Frozen passes are computed once per example.
 */
export class FusedStepper implements Stepper {
  private readonly memory: Memory;
  private readonly context: StageContext;
  private readonly teacherStore: Parameters;
  private readonly tokens: { teacher: TokenTable; student: TokenTable };
  private readonly pictures: { teacher: PictureTable; student: PictureTable };
  private readonly batch: BatchBuffer<keyof ReturnType<typeof batchLengths>>;
  private readonly names: Record<StageKey, string[]>;
  private readonly exported: { vlm: Vlm; weights: Map<string, tf.Tensor>; copy: () => void };
  private stage: Stage | undefined;
  /** Stage and terms of every update whose numbers are still on the GPU. */
  private readonly pending: Pick<Stage, 'key' | 'terms'>[] = [];

  constructor(
    private readonly session: TrainSession,
    private readonly recipe: Recipe,
    examples: readonly Example[],
    bounds: { teacher: Bounds; student: Bounds },
    recalibrator: readonly { name: string; shape: number[]; data: Float32Array }[],
  ) {
    const { device, teacher, student, sheets } = session;
    const batchSize = recipe.data.batchSize;
    const memory = new Memory(device.gpu);
    this.memory = memory;
    const parts = {
      student: student.checkpoint.tensors.keys(),
      recalibrator: recalibrator.map(({ name }) => name),
    };
    const studentNames = [...parts.student];
    const named = (stage: StageKey, change: Partial<Recipe> = {}) =>
      trainedNames(stage, { ...recipe, ...change }, student.config, { ...parts, student: studentNames });
    this.names = { align: named('align'), distil: named('distil'), finetune: named('finetune') };

    // Recalibrator, student, its encoder: whatever a stage trains is one range. Weights that no pass reads go first.
    const all = named('distil', {
      student: { visionEncoder: 'trained' },
      recalibrator: { ...recipe.recalibrator, inDistil: 'trained' },
    });
    const place = new Map(all.map((name, i) => [name, i]));
    const host = [
      ...recalibrator,
      ...[...student.checkpoint.tensors].map(([name, tensor]) => ({ name, ...tensor })),
    ].sort((a, b) => (place.get(a.name) ?? -1) - (place.get(b.name) ?? -1));
    const trained = new Parameters(memory, host, true);
    this.teacherStore = new Parameters(
      memory,
      [...teacher.checkpoint.tensors].map(([name, tensor]) => ({ name, ...tensor })),
      false,
    );
    this.tokens = {
      teacher: new TokenTable(teacher, examples, bounds.teacher),
      student: new TokenTable(student, examples, bounds.student),
    };
    const table = (model: typeof teacher) =>
      new PictureTable(memory, model, examples, sheets, batchSize, cacheBudget / 4);
    this.pictures = { teacher: table(teacher), student: table(student) };
    this.batch = new BatchBuffer(memory, batchLengths(batchSize, bounds));
    const { views } = this.batch;

    const rotary = (config: typeof teacher.config, positions: number): RotaryTables => {
      const { headDim, ropeTheta } = config.text;
      const { cos, sin } = rotaryValues(positions, headDim, ropeTheta);
      const upload = (data: Float32Array<ArrayBuffer>) => {
        const view = memory.allocate(data.length);
        memory.upload(view, data);
        return view;
      };
      return { cos: upload(cos), sin: upload(sin), positions };
    };
    const [s, l] = [bounds.student, bounds.teacher];
    const mainLength = s.Nq + l.Na;
    const longest = Math.max(s.Nq + s.Na, l.Nq + l.Na, mainLength);
    const studentRotary = rotary(student.config, longest);
    const layout = (
      length: number,
      split: number,
      spans: (typeof views)[keyof typeof views],
      tables: RotaryTables,
    ): DecoderLayout => ({ batch: batchSize, length, causal: { spans, split, rotary: tables } });
    this.context = {
      recipe,
      memory,
      variant: kernelVariant(device.report),
      trained,
      teacher: new FusedVlm(teacher.config, this.teacherStore),
      student: new FusedVlm(student.config, trained),
      configs: { teacher: teacher.config, student: student.config },
      bounds,
      layouts: {
        student: layout(s.Nq + s.Na, s.Nq + s.Na, views.studentSpans, studentRotary),
        teacher: layout(l.Nq + l.Na, l.Nq + l.Na, views.teacherSpans, rotary(teacher.config, longest)),
        main: layout(mainLength, s.Nq, views.mainSpans, studentRotary),
      },
      batch: views,
      hyper: memory.allocate(hyperWords, 'hyper'),
      metrics: memory.allocate(metricSlots * metricWords, 'metrics'),
    };
    this.exported = exportStudent(memory, trained, session);
  }

  async prepare(stage: StageKey, onProgress?: (done: number, all: number) => void): Promise<void> {
    if (this.stage?.key === stage) return;
    this.stage?.scratch.dispose();
    const scratch = new Memory(this.memory.device);
    const context: StageContext = { ...this.context, memory: scratch };
    const { teacher, student, layouts, variant } = context;
    const b = layouts.student.batch;
    const { views } = this.batch;
    const examples = this.recipe.data.examples;
    const patches = (
      tape: Tape,
      vlm: FusedVlm,
      pictures: PictureTable,
      slots: typeof views.studentPictures,
    ) => {
      const width = pictures.words / vlm.patches;
      const value = tape.value(b * vlm.patches, width, false);
      gatherSlots(tape, pictures.view, slots, b, pictures.words, value.view);
      return value;
    };
    const ofTeacher = (tape: Tape) => {
      const input = patches(tape, teacher, this.pictures.teacher, views.teacherPictures);
      const features = teacher.visionFeatures(tape, input, b);
      return teacher.sequence(tape, features, views.teacherCodes, layouts.teacher);
    };
    const ofVision = (tape: Tape) =>
      student.visionFeatures(tape, patches(tape, student, this.pictures.student, views.studentPictures), b);
    const ofStudent = (tape: Tape) =>
      student.sequence(tape, ofVision(tape), views.studentCodes, layouts.student);
    const cached = (record: (tape: Tape) => Value, slots: typeof views.examples, count: number): CachedPass =>
      new CachedPass(scratch, variant, record, b, slots, count, cacheBudget);

    const frozenEncoder = stage === 'finetune' || this.recipe.student.visionEncoder === 'frozen';
    const passes: Pick<Stage, 'teacher' | 'student' | 'vision'> = {
      ...(stage !== 'finetune' && { teacher: cached(ofTeacher, views.examples, examples) }),
      ...(stage === 'align' && { student: cached(ofStudent, views.examples, examples) }),
      ...(stage !== 'align' &&
        frozenEncoder && {
          vision: cached(ofVision, views.studentPictures, this.pictures.student.slots),
        }),
    };
    const constant = (pass?: CachedPass) => pass && { ...pass.result, tracked: false };
    const head = new Plan(scratch.device);
    const fresh =
      passes.student === undefined && passes.vision === undefined
        ? patches(new Tape(head, scratch, variant), student, this.pictures.student, views.studentPictures)
        : undefined;
    const { plan, terms } = recordStage(context, stage, this.names[stage], {
      ...(passes.teacher && { teacher: constant(passes.teacher)! }),
      ...(passes.student && { student: constant(passes.student)! }),
      ...(passes.vision && { vision: constant(passes.vision)! }),
      ...(fresh && { patches: fresh }),
    });
    this.stage = { key: stage, scratch, plan, terms, ...passes };
    this.fetchPictures = head;
    await Promise.all([
      plan.compile(onProgress),
      head.compile(),
      ...Object.values(passes).map((pass) => pass.compile()),
    ]);
  }

  /** Copies the batch's patches in front of a trained encoder; empty where no encoder is trained. */
  private fetchPictures: Plan | undefined;

  update({ stage: key, examples, learningRate, count }: UpdateRequest): void {
    const { stage } = this;
    if (stage?.key !== key) throw new Error(`stage “${key}” is not prepared`);
    if (this.pending.length === metricSlots) throw new Error('read the numbers more often');
    const { device } = this.memory;
    this.fillBatch(examples);
    const { beta1, beta2 } = this.recipe.optimiser;
    this.memory.upload(
      this.context.hyper,
      Float32Array.of(
        learningRate,
        1 / (1 - beta1 ** count),
        1 / Math.sqrt(1 - beta2 ** count),
        this.pending.length,
      ),
    );
    const encoder = device.createCommandEncoder();
    if (count === 1) {
      const { gradients, first, second } = this.context.trained;
      for (const view of [gradients!, first!, second!]) encoder.clearBuffer(view.buffer);
    }
    const pass = encoder.beginComputePass();
    stage.teacher?.encode(pass, examples);
    stage.student?.encode(pass, examples);
    stage.vision?.encode(pass, this.pictures.student.slotsFor(examples));
    this.fetchPictures!.encode(pass);
    stage.plan.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    this.pending.push({ key, terms: stage.terms });
  }

  async numbers(): Promise<StepNumbers[]> {
    const pending = this.pending.splice(0);
    if (pending.length === 0) return [];
    const values = await this.memory.read(this.context.metrics, pending.length * metricWords);
    return pending.map(({ key, terms }, i) => {
      const weights = lossWeights(key, this.recipe);
      const losses: LossTerms = { total: 0 };
      terms.forEach((term, t) => {
        const value = values[i * metricWords + t]!;
        losses[term] = value;
        losses.total += weights[term]! * value;
      });
      return { losses, gradientNorm: values[i * metricWords + metricWords - 1]! };
    });
  }

  student(): Vlm {
    this.exported.copy();
    return this.exported.vlm;
  }

  async state(): Promise<Map<string, Float32Array>> {
    const { trained } = this.context;
    const state = new Map<string, Float32Array>();
    for (const [which, suffix] of buffers) {
      const all = trained.split(await trained.read(which));
      for (const [name, values] of all) state.set(name + suffix, values);
    }
    return state;
  }

  stateSizes(): Map<string, number> {
    return new Map(
      this.context.trained
        .views()
        .flatMap(({ name, view }) => buffers.map(([, suffix]) => [name + suffix, view.length] as const)),
    );
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    const { trained } = this.context;
    for (const [which, suffix] of buffers) {
      const values = new Map(trained.views().map(({ name }) => [name, state.get(name + suffix)!]));
      this.memory.upload(trained[which]!, trained.join(values));
    }
  }

  async studentWeights(): Promise<Map<string, { shape: number[]; data: Float32Array }>> {
    const { trained } = this.context;
    const values = trained.split(await trained.read('weights'));
    return new Map(
      [...this.session.student.checkpoint.tensors].map(([name, { shape }]) => [
        name,
        { shape: [...shape], data: values.get(name)! },
      ]),
    );
  }

  gpuBytes(): number {
    return this.memory.bytes + (this.stage?.scratch.bytes ?? 0);
  }

  /** Dispatches, uploads and cache behaviour of the prepared stage, for the budget test and the bench. */
  profile(): {
    dispatches: { fresh: number; known: number };
    byLabel: Record<string, number>;
    uploadBytes: number;
    teacherPasses: number;
  } {
    const stage = this.stage!;
    const passes = [stage.teacher, stage.student, stage.vision].filter((pass) => pass !== undefined);
    const own = stage.plan.dispatches + this.fetchPictures!.dispatches;
    return {
      dispatches: {
        fresh: passes.reduce((sum, pass) => sum + pass.dispatches.fresh, own),
        known: passes.reduce((sum, pass) => sum + pass.dispatches.known, own),
      },
      byLabel: stage.plan.profile(),
      uploadBytes: this.batch.bytes + hyperWords * 4,
      teacherPasses: stage.teacher?.computed ?? 0,
    };
  }

  dispose(): void {
    tf.dispose([...this.exported.weights.values()]);
    this.stage?.scratch.dispose();
    this.memory.dispose();
  }

  private fillBatch(indices: readonly number[]): void {
    const { batch, tokens, pictures, context } = this;
    const { student, teacher } = context.bounds;
    this.pictures.student.uploadBatch(indices);
    this.pictures.teacher.uploadBatch(indices);
    indices.forEach((index, b) => {
      const s = tokens.student.row(index);
      const l = tokens.teacher.row(index);
      batch.set('studentCodes', s.codes, b * tokens.student.length);
      batch.set('teacherCodes', l.codes, b * tokens.teacher.length);
      batch.set('studentLabels', s.labels, b * student.Na);
      batch.set('teacherLabels', l.labels, b * teacher.Na);
      const studentEnd = student.Nq + s.answerLength;
      const teacherEnd = teacher.Nq + l.answerLength;
      batch.set('studentSpans', [s.first, studentEnd, tokens.student.length - s.first], b * 3);
      batch.set('teacherSpans', [l.first, teacherEnd, tokens.teacher.length - l.first], b * 3);
      // “NPE” counts on from the student's question; otherwise the answer keeps the teacher's own positions.
      const offset = this.recipe.recalibrator.reassignPositions ? student.Nq - s.first : teacher.Nq - l.first;
      batch.set('mainSpans', [s.first, student.Nq + l.answerLength, offset], b * 3);
      batch.set('studentLengths', [s.answerLength], b);
      batch.set('teacherLengths', [l.answerLength], b);
    });
    batch.set('examples', indices);
    batch.set('studentPictures', pictures.student.slotsFor(indices));
    batch.set('teacherPictures', pictures.teacher.slotsFor(indices));
    batch.upload();
  }
}

/** Measured on software adapters (`npm run bench`): 8×8 tiles are half as fast again on SwiftShader, no faster elsewhere. */
function kernelVariant({ software, adapter }: DeviceReport): KernelVariant {
  return { lanes: software ? 1 : 64, tile: /swiftshader/i.test(adapter) ? 8 : 4 };
}

const buffers = [
  ['weights', ''],
  ['first', '#first'],
  ['second', '#second'],
] as const;

function batchLengths(batch: number, { student, teacher }: { teacher: Bounds; student: Bounds }) {
  return {
    studentCodes: batch * (student.Nq + student.Na),
    teacherCodes: batch * (teacher.Nq + teacher.Na),
    studentLabels: batch * student.Na,
    teacherLabels: batch * teacher.Na,
    studentSpans: batch * 3,
    teacherSpans: batch * 3,
    mainSpans: batch * 3,
    studentLengths: batch,
    teacherLengths: batch,
    examples: batch,
    studentPictures: batch,
    teacherPictures: batch,
  };
}

/** The student as tfjs tensors over buffers of their own, for generation; `copy` brings them up to date. */
function exportStudent(memory: Memory, trained: Parameters, session: TrainSession) {
  const weights = new Map<string, tf.Tensor>();
  const pairs: { from: ReturnType<Parameters['views']>[number]['view']; to: GPUBuffer }[] = [];
  for (const { name, shape, view } of trained.views()) {
    if (!session.student.checkpoint.tensors.has(name)) continue;
    const { buffer } = memory.allocate(view.length, name);
    weights.set(name, tf.tensor({ buffer, zeroCopy: true }, [...shape], 'float32'));
    pairs.push({ from: view, to: buffer });
  }
  const copy = () => {
    const encoder = memory.device.createCommandEncoder();
    for (const { from, to } of pairs)
      encoder.copyBufferToBuffer(from.buffer, from.offset, to, 0, from.length * 4);
    memory.device.queue.submit([encoder.finish()]);
  };
  return { vlm: new Vlm(session.student.config, weights), weights, copy };
}
