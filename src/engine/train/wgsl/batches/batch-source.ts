import type { Memory } from '../../../wgsl/core/memory.ts';
import type { Work } from '../../../wgsl/core/plan.ts';
import type { Tape } from '../../../wgsl/core/tape.ts';
import { ofStudent, type View } from '../../../wgsl/core/view.ts';
import { AnswerInputs } from '../../answer-inputs.ts';
import type { BatchBuffer } from './batch-buffer.ts';
import { CachedPass } from './cached-pass.ts';
import { ListBatches, type Source } from './list-batches.ts';
import type { BatchPart, BatchSurroundings, Slots } from './surroundings.ts';
import type { UpdateRequest } from '../../update.ts';
import { TokenTable } from '../../token-table.ts';
import type { AnsweredExamples } from '../../training-set.ts';

/** What decides the batches of a step; compared by identity, so that lists share them. */
type BatchRequest = Pick<UpdateRequest, 'examples'>;

/** Batches of one answered set of examples, one a seed: ids on the GPU and, once per example, the teacher's features. Shared by the students that learn it. */
export class BatchSource implements Source {
  private readonly tokens: { teacher: TokenTable; student: TokenTable };
  private answerInputs: AnswerInputs | undefined;
  private teacher: { pass: CachedPass; memory: Memory } | undefined;
  /** The batches whose ids are on the GPU, and whether the teacher's features of them are. */
  private loaded: { request: BatchRequest; slots: Slots[]; passed: boolean } | undefined;

  /** @param firstRow where the source's batches lie in `rows`. */
  constructor(
    private readonly shared: BatchSurroundings,
    private readonly answered: AnsweredExamples,
    private readonly rows: BatchBuffer<BatchPart>,
    private readonly firstRow: number,
  ) {
    const { session, set } = shared;
    this.tokens = {
      teacher: new TokenTable(session.teacher, answered.examples, set.bounds.teacher),
      student: new TokenTable(session.student, answered.examples, set.bounds.student),
    };
  }

  /** A part of one seed's batch. */
  view(seed: number, name: BatchPart): View {
    return this.rows.view(this.firstRow + seed, name);
  }

  /** What objectives over logits read beside them. */
  get answers(): AnswerInputs {
    const { session, vocabulary } = this.shared;
    this.answerInputs ??= new AnswerInputs(session, this.tokens, this.answered, vocabulary);
    return this.answerInputs;
  }

  /** Number of slots for examples. */
  get count(): number {
    return this.answered.count;
  }

  /** z_l of one seed's batch, [B·(Nq_l+Na_l), d_l], where `encodeTeacher` leaves it. */
  teacherFeatures(seed: number): { view: View; rows: number; columns: number } {
    const { result } = this.teacherPass();
    return { ...result, view: ofStudent(result.view, seed) };
  }

  compileTeacher(): Promise<void> {
    return this.teacherPass().compile();
  }

  /** Brings a step's batches to the GPU for whoever submits next: their ids once, however many lists ask. → by seed. */
  load(request: BatchRequest): Slots[] {
    if (this.loaded?.request !== request) {
      const slots = request.examples.map((indices, seed) => {
        const examples = indices.map((index) => index % this.answered.count);
        return {
          examples,
          pictures: this.shared.pictures?.student.slotsFor(this.firstRow + seed, examples) ?? [],
        };
      });
      this.loaded = { request, slots, passed: false };
      slots.forEach((own, seed) => this.fill(this.firstRow + seed, own));
      this.rows.upload(this.firstRow, slots.length);
    }
    return this.loaded.slots;
  }

  /** Brings the loaded batches' pictures to the GPU for one of the models, where they are not there already. */
  place(who: 'teacher' | 'student'): void {
    const { pictures } = this.shared;
    if (pictures === undefined) return;
    this.loaded?.slots.forEach(({ examples }, seed) => pictures[who].place(this.firstRow + seed, examples));
  }

  /** Encodes the teacher's pass over the loaded batches; once, however many lists ask. To be submitted before another source's. */
  encodeTeacher(pass: GPUComputePassEncoder): void {
    const { loaded } = this;
    if (loaded === undefined || loaded.passed) return;
    loaded.passed = true;
    const examples = loaded.slots.map((own) => own.examples);
    const teacher = this.teacherPass();
    if (!teacher.knows(examples)) this.place('teacher');
    teacher.encode(pass, examples);
  }

  /** Steps in which the teacher's pass has run so far. */
  get teacherPasses(): number {
    return this.teacher?.pass.computed ?? 0;
  }

  /** What the teacher's pass costs, where a stage reads it. */
  teacherWork(examples: 'fresh' | 'known'): Work[] {
    return this.teacher === undefined ? [] : [this.teacher.pass.work[examples]];
  }

  forgetTeacher(): void {
    this.teacher?.memory.dispose();
    this.teacher = undefined;
    if (this.loaded !== undefined) this.loaded.passed = false;
  }

  private teacherPass(): CachedPass {
    if (this.teacher === undefined) {
      const { shared } = this;
      const { teacher: vlm, variant, batchSize, seeds, session } = shared;
      const memory = shared.memory.child(seeds);
      const places = Array.from({ length: seeds }, (_, seed) => ({ source: this, seed }));
      const batches = new ListBatches(shared, places);
      const record = (tape: Tape) => {
        const patches = batches.patches(tape, 'teacher', vlm);
        const features = patches && vlm.visionFeatures(tape, patches, batchSize);
        return vlm.sequence(tape, features, batches.view('teacherCodes'), batches.layouts.teacher);
      };
      const pass = new CachedPass(memory, memory, variant, record, batchSize, batches.view('examples'), {
        count: this.count,
        budgetBytes: session.cacheBudgets.features,
        shared: true,
        kind: session.frozen,
      });
      this.teacher = { pass, memory };
    }
    return this.teacher.pass;
  }

  private fill(row: number, { examples: indices, pictures: studentPictures }: Slots): void {
    const { rows, tokens } = this;
    const { set, pictures } = this.shared;
    const { student, teacher } = set.bounds;
    indices.forEach((index, b) => {
      const s = tokens.student.row(index);
      const l = tokens.teacher.row(index);
      rows.set(row, 'studentCodes', s.codes, b * tokens.student.length);
      rows.set(row, 'teacherCodes', l.codes, b * tokens.teacher.length);
      rows.set(row, 'studentLabels', s.labels, b * student.Na);
      rows.set(row, 'teacherLabels', l.labels, b * teacher.Na);
      const joinedEnd = student.Nq + l.answerLength;
      const studentEnd = student.Nq + s.answerLength;
      rows.set(row, 'studentSpans', [s.first, studentEnd, tokens.student.length - s.first], b * 3);
      rows.set(
        row,
        'teacherSpans',
        [l.first, teacher.Nq + l.answerLength, tokens.teacher.length - l.first],
        b * 3,
      );
      // “NPE” counts on from the student's question; otherwise the answer keeps the teacher's own positions.
      rows.set(row, 'joinedSpans', [s.first, joinedEnd, student.Nq - s.first], b * 3);
      rows.set(row, 'ownSpans', [s.first, joinedEnd, teacher.Nq - l.first], b * 3);
      rows.set(row, 'studentLengths', [s.answerLength], b);
      rows.set(row, 'teacherLengths', [l.answerLength], b);
    });
    rows.set(row, 'examples', indices);
    rows.set(row, 'studentPictures', studentPictures);
    if (pictures !== undefined) rows.set(row, 'teacherPictures', pictures.teacher.slotsFor(row, indices));
  }
}
