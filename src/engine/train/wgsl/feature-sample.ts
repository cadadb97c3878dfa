import type { Example } from '../../data/example.ts';
import { WgslRecalibrator } from '../../wgsl/recalibrator.ts';
import type { Memory } from '../../wgsl/core/memory.ts';
import type { View } from '../../wgsl/core/view.ts';
import type { Tape, Value } from '../../wgsl/core/tape.ts';
import { joinTokens } from '../../wgsl/ops/tokens.ts';
import type { SampledToken } from '../../run/probe-numbers.ts';
import type { StudentContext } from './arm-context.ts';
import type { FeatureSample, Rows } from '../probe-report.ts';

/** Tokens that a map has room for. */
const mostTokens = 64;

/** Copies the features of a few examples, which a recorded pass leaves in four places, into one small buffer. */
export class FeatureSampler {
  private readonly packed: View;
  private readonly words: { z: number; r: number; zs: number; pre: number };
  private readonly examples: readonly Example[];
  private readonly rows: { from: number; count: number };

  constructor(
    private readonly arm: StudentContext,
    private readonly memory: Memory,
    examples: readonly Example[],
  ) {
    const { shared, student } = arm;
    const { Nq, Na } = shared.set.bounds.teacher;
    this.rows = { from: Nq - 1, count: Na };
    this.examples = examples.slice(0, Math.max(1, Math.floor(mostTokens / Na)));
    const count = this.examples.length;
    const [wide, narrow] = [shared.teacher.config.text.hiddenSize, student.config.text.hiddenSize];
    this.words = { z: count * Na * wide, r: count * Na * wide, zs: count * narrow, pre: count * Na * narrow };
    const { z, r, zs, pre } = this.words;
    this.packed = memory.allocate(z + r + zs + pre, 'feature sample');
  }

  /**
   * Records the copies.
   * @param teacher z_l, [B·(Nq_l+Na_l), d_l]
   * @param student z_s, [B·(Nq_s+Na_s), d_s]
   * @param recalibrated r at the positions that predict the answer, [B·Na_l, d_l]
   */
  record(tape: Tape, teacher: Value, student: Value, recalibrated: Value): void {
    const { arm, rows, words } = this;
    const { shared, weights, recipe } = arm;
    const { student: s, teacher: l } = shared.set.bounds;
    const predictors = joinTokens(tape, shared.batchSize, [{ value: teacher, length: l.Nq + l.Na, ...rows }]);
    const recalibrator = new WgslRecalibrator(
      arm.student.config,
      shared.teacher.config,
      recipe.recalibrator,
      weights,
    );
    let at = 0;
    this.copy(tape, predictors, l.Na, 0, l.Na, at);
    this.copy(tape, recalibrated, l.Na, 0, l.Na, (at += words.z));
    this.copy(tape, student, s.Nq + s.Na, s.Nq - 1, 1, (at += words.r));
    this.copy(tape, recalibrator.projectIn(tape, predictors), l.Na, 0, l.Na, at + words.zs);
  }

  /** What the last run of the recorded pass left, without padding: one readback. */
  async read(): Promise<FeatureSample> {
    const { words, arm } = this;
    const { Na } = arm.shared.set.bounds.teacher;
    const all = await this.memory.read(this.packed, words.z + words.r + words.zs + words.pre);
    const { tokens, kept } = this.tokens();
    const narrow = words.zs / this.examples.length;
    const wide = words.z / this.examples.length / Na;
    let at = 0;
    const next = (length: number, width: number, only?: readonly number[]): Rows => {
      const data = all.subarray(at, (at += length));
      if (only === undefined) return { width, data };
      const chosen = new Float32Array(only.length * width);
      only.forEach((row, i) => chosen.set(data.subarray(row * width, (row + 1) * width), i * width));
      return { width, data: chosen };
    };
    const z = next(words.z, wide, kept);
    const r = next(words.r, wide, kept);
    const zs = next(words.zs, narrow);
    const preZ = next(words.pre, narrow, kept);
    return { tokens, teacherSpace: { z, r }, studentSpace: { z: zs, preZ } };
  }

  /** The answers' real tokens, and their rows among all. */
  private tokens(): { tokens: SampledToken[]; kept: number[] } {
    const { tokenizer } = this.arm.shared.session.teacher;
    const { Na } = this.arm.shared.set.bounds.teacher;
    const tokens: SampledToken[] = [];
    const kept: number[] = [];
    this.examples.forEach(({ answer }, example) => {
      tokenizer.tokenStrings(tokenizer.encodeAnswer(answer)).forEach((text, j) => {
        tokens.push({ example, text, first: j === 0 });
        kept.push(example * Na + j);
      });
    });
    return { tokens, kept };
  }

  /** Tokens [from, from + count) of the first sequences of `length`, to word `at` of the packed buffer. */
  private copy(tape: Tape, x: Value, length: number, from: number, count: number, at: number): void {
    const { columns } = x;
    const threads = this.examples.length * count * columns;
    tape.add({
      label: 'sample',
      bindings: [
        { name: 'x', view: x.view },
        { name: 'result', view: this.packed, write: true },
      ],
      threads,
      code: `
        if (index >= ${threads}) { return; }
        let b = index / ${count * columns};
        store_result(${at} + index, load_x(b * ${length * columns} + ${from * columns} + index % ${count * columns}));
      `,
    });
  }
}
