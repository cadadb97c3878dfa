import type { Tape, Value } from '../../../wgsl/core/tape.ts';
import { byStudent, type View } from '../../../wgsl/core/view.ts';
import { gatherSlots } from '../../../wgsl/ops/tokens.ts';
import type { DecoderLayout, WgslVlm } from '../../../wgsl/vlm.ts';
import type { RotaryTables } from '../../../wgsl/ops/rotary.ts';
import type { AnswerInputs } from '../../answer-inputs.ts';
import type { UpdateRequest } from '../../update.ts';
import type { BatchPart, BatchSurroundings, Slots } from './surroundings.ts';

/** Where batches come from, one a seed: those of one answered set of examples. */
export interface Source {
  /** Number of slots for examples. */
  readonly count: number;
  /** What objectives over logits read beside the batches. */
  readonly answers: AnswerInputs;
  /** Steps in which the teacher's pass has run so far. */
  readonly teacherPasses: number;
  /** A part of one seed's batch. */
  view(seed: number, name: BatchPart): View;
  /** z_l of one seed's batch, [B·(Nq_l+Na_l), d_l], where `encodeTeacher` leaves it. */
  teacherFeatures(seed: number): { view: View; rows: number; columns: number };
  compileTeacher(): Promise<void>;
  /** Brings a step's batches to the GPU for whoever submits next: their ids once, however many lists ask. → by seed. */
  load(request: Pick<UpdateRequest, 'examples'>): Slots[];
  /** Brings the loaded batches' pictures to the GPU for one of the models, where they are not there already. */
  place(who: 'teacher' | 'student'): void;
  /** Encodes the teacher's pass over the loaded batches; once, however many lists ask. To be submitted before another source's. */
  encodeTeacher(pass: GPUComputePassEncoder): void;
}

/** Whose batch a student learns: what its source answers, in the order of its seed, counted from 0. */
export interface Place {
  source: Source;
  seed: number;
}

/** The batches of a list of students as its kernels read them, one a student. */
export class ListBatches {
  readonly layouts: { student: DecoderLayout; teacher: DecoderLayout };
  private readonly sources: Source[];

  constructor(
    private readonly shared: Pick<BatchSurroundings, 'set' | 'rotary' | 'batchSize' | 'pictures'>,
    private readonly places: readonly Place[],
  ) {
    this.sources = [...new Set(places.map(({ source }) => source))];
    const { student: s, teacher: l } = shared.set.bounds;
    const { rotary } = shared;
    this.layouts = {
      student: this.layout(s.Nq + s.Na, s.Nq + s.Na, this.view('studentSpans'), rotary.student),
      teacher: this.layout(l.Nq + l.Na, l.Nq + l.Na, this.view('teacherSpans'), rotary.teacher),
    };
  }

  view(name: BatchPart): View {
    return byStudent(this.places.map(({ source, seed }) => source.view(seed, name)));
  }

  /** Number of slots for examples; the students of a list that keeps something by them learn the same answers. */
  get examples(): number {
    return this.sources[0]!.count;
  }

  /** What an objective over logits reads beside them. */
  get answers(): AnswerInputs {
    return this.sources[0]!.answers;
  }

  /** Steps in which the teacher's passes have run so far. */
  get teacherPasses(): number {
    return this.sources[0]!.teacherPasses;
  }

  /** The layout of Rec-body's input, [question of the student ; answer of the teacher]. */
  mainLayout(reassignPositions: boolean): DecoderLayout {
    const { set, rotary } = this.shared;
    const { Nq } = set.bounds.student;
    const spans = this.view(reassignPositions ? 'joinedSpans' : 'ownSpans');
    return this.layout(Nq + set.bounds.teacher.Na, Nq, spans, rotary.student);
  }

  /** Records a copy of the batch's patches for one of the models; [B·P, 3·p²]. Undefined where the pair reads no pictures. */
  patches(tape: Tape, who: 'teacher' | 'student', vlm: WgslVlm): Value | undefined {
    const { batchSize, pictures } = this.shared;
    if (pictures === undefined) return undefined;
    const table = pictures[who];
    const value = tape.value(batchSize * vlm.patches, table.words / vlm.patches, false);
    gatherSlots(tape, table.view, this.view(`${who}Pictures`), batchSize, table.words, value.view);
    return value;
  }

  /** z_l, [B·(Nq_l+Na_l), d_l], where `encodeTeacher` leaves it. */
  get teacherFeatures(): Value {
    const each = this.places.map(({ source, seed }) => source.teacherFeatures(seed));
    const { rows, columns } = each[0]!;
    return { rows, columns, view: byStudent(each.map(({ view }) => view)), tracked: false };
  }

  async compileTeacher(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.compileTeacher()));
  }

  /** Brings a step's batches and the student's pictures of them to the GPU. → by student */
  load(request: Pick<UpdateRequest, 'examples'>): Slots[] {
    for (const source of this.sources) {
      source.load(request);
      source.place('student');
    }
    return this.places.map(({ source, seed }) => source.load(request)[seed]!);
  }

  encodeTeacher(pass: GPUComputePassEncoder): void {
    for (const source of this.sources) source.encodeTeacher(pass);
  }

  private layout(length: number, split: number, spans: View, rotary: RotaryTables): DecoderLayout {
    return { batch: this.shared.batchSize, length, causal: { spans, split, rotary } };
  }
}
